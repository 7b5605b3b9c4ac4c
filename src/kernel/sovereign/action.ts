/**
 * Orders about operators, proposals and domains. Who may give which is decided in `operators.ts`; which kernel
 * hears which, in `roles.ts`.
 */
import type { OperatorId, Seq } from '../../base/ids.ts'
import type { OperatorLevel } from '../event.ts'

/** A person as they are enrolled. */
export interface Enrolment {
  readonly name: string
  readonly level: OperatorLevel
  /** Ed25519 public key, raw 32 bytes, base64url. */
  readonly publicKey: string
  /** Which domain a domain-sovereign governs; absent for every other level. */
  readonly domain?: string
}

/** Orders that are understood in this folder. */
export type SovereignAction =
  | (Enrolment & {
      readonly do: 'operator.enrol'
      /** The new key's signature over `enrolmentText`: whoever enrols cannot enrol a key that nobody holds. */
      readonly proof: string
    })
  | {
      readonly do: 'operator.rotate'
      readonly operator: OperatorId
      readonly publicKey: string
      /** The new key's signature over the `enrolmentText` of the same person with the new key. */
      readonly proof: string
    }
  | { readonly do: 'operator.revoke'; readonly operator: OperatorId; readonly reason: 'lost' | 'revoked' }
  | { readonly do: 'order.confirm'; readonly proposal: Seq; readonly digest: string }
  | { readonly do: 'order.decline'; readonly proposal: Seq; readonly reason: string }
  | { readonly do: 'domain.register'; readonly name: string; readonly weight: number }
  | { readonly do: 'domain.freeze'; readonly name: string; readonly reason: string }
  | { readonly do: 'domain.unfreeze'; readonly name: string }
  | { readonly do: 'domain.remove'; readonly name: string }
