/**
 * What happens to operators, their proposals, domains and statements. A sovereign kernel records all of it but
 * accepted statements; a member records proposals and accepted statements; a kernel alone has no statements.
 */
import type { Instant, OperatorId, Seq } from '../../base/ids.ts'
import type { SignedOrder } from '../event.ts'

/** Event bodies of this folder, by kind. */
export interface SovereignBodies {
  /** An operator's key was replaced: their own doing, or a sovereign's after a loss. */
  'operator.rotated': {
    readonly operator: OperatorId
    readonly publicKey: string
    readonly signed: SignedOrder
  }
  /** A key counts no more: until it is rotated (`lost`), or for good (`revoked`). What it granted stays. */
  'operator.revoked': {
    readonly operator: OperatorId
    readonly reason: 'lost' | 'revoked'
    readonly signed: SignedOrder
  }
  /** An order that needs a second operator. This event's seq is the proposal's number. */
  'order.proposed': {
    readonly operator: OperatorId
    /** Kind of the proposed order. */
    readonly action: string
    /** SHA-256 in hex of the order's text: what the second operator signs for. */
    readonly digest: string
    readonly expiresAt: Instant
    readonly signed: SignedOrder
  }
  /** A second operator agreed. What the order makes follows at once, under the proposer's signature. */
  'order.confirmed': {
    readonly proposal: Seq
    readonly operator: OperatorId
    readonly signed: SignedOrder
  }
  /** Somebody said no, or nobody said yes in time: then `operator` is 0 and nothing is signed. */
  'order.declined': {
    readonly proposal: Seq
    readonly operator: OperatorId | 0
    readonly reason: string
    readonly signed: SignedOrder | null
  }
  /** Unsigned for the domain that the sovereign begins with. */
  'domain.registered': {
    readonly name: string
    readonly weight: number
    readonly signed: SignedOrder | null
  }
  'domain.frozen': { readonly name: string; readonly reason: string; readonly signed: SignedOrder }
  'domain.unfrozen': { readonly name: string; readonly signed: SignedOrder }
  /** Frozen for good. Its ledger stays, and its name is not given again. */
  'domain.removed': { readonly name: string; readonly signed: SignedOrder }
  /** What a domain's kernel says that it acts on now. */
  'domain.acknowledged': {
    readonly name: string
    readonly statement: number
    readonly canonVersion: number
    readonly canonDigest: string
    readonly ledgerKey: string
  }
  /** The sovereign's word to one domain. Its text follows from the state at this event; see `statementFor`. */
  'statement.issued': {
    readonly domain: string
    /** Rises by one with each statement to that domain. */
    readonly statement: number
    /** SHA-256 in hex of the text. */
    readonly digest: string
    readonly validUntil: Instant
  }
  /** A member took the sovereign's word: from here on it is what holds there. */
  'statement.accepted': {
    readonly statement: number
    /** The ids that the listed operators have here, in the order of the list: new ones are given as they come. */
    readonly operators: readonly OperatorId[]
    /** The very text that the sovereign signed. */
    readonly text: string
    /** Ed25519 signature of the sovereign's ledger key, base64url. */
    readonly signature: string
  }
}
