/** An operator's order as it is signed, and as it comes before the kernel. */
import type { Instant, OperatorId } from '../../base/ids.ts'
import type { OrderAction } from '../command.ts'
import type { SignedOrder } from '../event.ts'

/** The canonical record an operator signs. Its RFC 8785 text is what the CLI displays and signs. */
export interface OrderRecord {
  readonly command: OrderAction
  readonly domain: string
  readonly operator: OperatorId
  /** 32 random hex characters; never accepted twice. */
  readonly nonce: string
  readonly policyVersion: string
  readonly canonVersion: number
  readonly time: Instant
}

/** An order as the kernel's process hands it to `decide`: parsed, with the verdict of its signature. */
export interface VerifiedOrder {
  readonly record: OrderRecord
  readonly signed: SignedOrder
  /** True when the signature verifies under the public key that the state holds for `record.operator`. */
  readonly signatureValid: boolean
  /** For an order that brings a new key: true when that key signed for itself. */
  readonly proofValid?: boolean
}
