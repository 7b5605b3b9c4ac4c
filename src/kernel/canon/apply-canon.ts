/** What the fold makes of events about the canon and the code. */
import { invariant } from '../../base/fault.ts'
import type { OperatorId } from '../../base/ids.ts'
import type { EventOf } from '../event.ts'
import { noteOrder } from '../sovereign/note-order.ts'
import type { State } from '../state.ts'

/** Another canon holds. */
export function applyCanon(state: State, event: EventOf<'canon.amended' | 'canon.acknowledged'>): void {
  if (event.kind === 'canon.amended') noteOrder(state, event)
  const { version, digest, canon } = event.body
  invariant(state.domain !== null, 'a canon is a domain’s')
  state.domain = { ...state.domain, canonVersion: version, canonDigest: digest, canon }
}

/** Other code may run. */
export function applyCode(state: State, event: EventOf<'code.accepted'>): void {
  noteOrder(state, event)
  invariant(state.domain !== null, 'code runs for a domain')
  state.domain = { ...state.domain, codeDigest: event.body.digest }
}

/** An operator has another key now: the one before, lost perhaps, counts no more as a keyholder's either. */
export function retireKey(state: State, operator: OperatorId): void {
  const before = state.operators.get(operator)
  invariant(before !== undefined, 'an event speaks of things that exist')
  state.retiredKeys ??= new Set()
  state.retiredKeys.add(before.publicKey)
}
