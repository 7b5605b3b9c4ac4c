/** Records what opening the ledger had to put right, and what it is kept safe by when that changes while it is open. */
import type { Command } from '../command.ts'
import type { Decision } from '../decision.ts'
import { recording } from '../decision.ts'
import type { State } from '../state.ts'
import { repairedLimit } from './event-bodies.ts'

/** Records a recovery. Files beyond the limit are counted. */
export function decideRecovery(
  state: State,
  command: Extract<Command, { kind: 'ledger.recover' }>,
): Decision {
  const { at, repaired, setAside, remarks, accepted } = command
  const listed = repaired.slice(0, repairedLimit)
  const more = repaired.length - listed.length
  return recording(state, at, 'ledger.recovered', { repaired: listed, more, setAside, remarks, accepted })
}

/** Records the safeguards, unless they are what they were. */
export function decideGuard(state: State, command: Extract<Command, { kind: 'ledger.guard' }>): Decision {
  const { at, head, mirror } = command
  const { safeguards = { head: false, mirror: 'none' } } = state
  if (safeguards.head === head && safeguards.mirror === mirror) return { events: [], refusal: null }
  return recording(state, at, 'ledger.guarded', { head, mirror })
}
