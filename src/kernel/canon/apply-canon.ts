/** What the fold makes of events about the canon and the code. */
import { found } from '../../base/fault.ts'
import type { OperatorId } from '../../base/ids.ts'
import type { EventOf } from '../event.ts'
import type { State } from '../state.ts'

/** Another canon holds. */
export function applyCanon(state: State, event: EventOf<'canon.amended' | 'canon.acknowledged'>): void {
  const { version, digest, canon } = event.body
  const domain = found(state.domain, 'a canon is a domain’s')
  state.domain = { ...domain, canonVersion: version, canonDigest: digest, canon }
}

/** Other code may run. */
export function applyCode(state: State, event: EventOf<'code.accepted'>): void {
  const domain = found(state.domain, 'code runs for a domain')
  state.domain = { ...domain, codeDigest: event.body.digest }
}

/** An operator has another key now: the one before, lost perhaps, counts no more as a keyholder's either. */
export function retireKey(state: State, operator: OperatorId): void {
  const before = found(state.operators.get(operator), 'an operator has another key now')
  state.retiredKeys ??= new Set()
  state.retiredKeys.add(before.publicKey)
}
