/**
 * Every way the kernel says no. A Refusal is expected, typed, explained to whoever asked, and never
 * thrown. The union of codes is closed: a surface may translate a code but never invent one.
 */
import type { Seq } from '../base/ids.ts'

/** Why a command or syscall was not carried out. Stable: clients switch on these. */
export type RefusalCode =
  | 'halted' // the domain is halted; only an operator's resume is heard
  | 'killed' // the process was killed or its agent removed
  | 'canon' // a canon rule forbids it, whatever was granted
  | 'not-held' // the process holds no such capability
  | 'revoked' // the capability or one of its ancestors was revoked, or its holder was killed
  | 'expired' // the capability or one of its ancestors has expired
  | 'exhausted' // the capability or one of its ancestors has no uses left
  | 'rate-limited' // too many uses within the capability's window
  | 'selector-not-granted' // held, but not for this selector
  | 'argument-refused' // an argument is outside what the capability allows
  | 'policy-denied' // the policy verdict was a denial
  | 'definition-changed' // the driver's definition is no longer the one that was pinned
  | 'driver-unavailable' // no driver process is attached to serve it
  | 'approval-denied' // an operator said no
  | 'approval-expired' // nobody decided in time
  | 'too-broad' // a derivation asked for more than its parent allows
  | 'not-derivable' // the capability may not be derived from
  | 'bad-arguments' // the argument bytes are not strict, bounded I-JSON
  | 'bad-request' // the request itself is malformed
  | 'not-found' // no such object, capability or call that the asker may see
  | 'name-taken' // the name is in use
  | 'limit' // a count or size limit of the kernel was reached
  | 'ledger-unavailable' // nothing can be recorded now, so nothing may happen
  | 'signature-invalid' // the order's signature does not verify for that operator
  | 'order-stale' // the order's time is too far from the kernel's
  | 'order-replayed' // the order's nonce was used before
  | 'version-mismatch' // the order was signed against another policy or canon version
  | 'not-entitled' // this operator or process may not do that

/** An explained no. `needed` says what would have been needed; nothing in it exceeds what the asker may know. */
export interface Refusal {
  readonly code: RefusalCode
  readonly message: string
  readonly needed: string
  /** Position of the recorded refusal, or null when it was aggregated or could not be recorded. */
  readonly seq: Seq | null
}

/** Builds a refusal that has not been recorded yet. */
export function refusal(code: RefusalCode, message: string, needed: string): Refusal {
  return { code, message, needed, seq: null }
}
