/** How freezing, thawing and weighing change a process. Only `evolve` calls this. */
import { invariant } from '../../base/fault.ts'
import type { EventOf } from '../event.ts'
import { noteOrder } from '../sovereign/note-order.ts'
import type { State } from '../state.ts'

/** Applies what an operator ordered about how a process runs. */
export function applyGoverned(
  state: State,
  event: EventOf<'process.frozen'> | EventOf<'process.thawed'> | EventOf<'process.weighed'>,
): void {
  noteOrder(state, event)
  const process = state.processes.get(event.body.process)
  invariant(process !== undefined, 'an event speaks of things that exist')
  if (event.kind === 'process.frozen') process.frozen = event.seq
  else if (event.kind === 'process.thawed') delete process.frozen
  else process.share = { weight: event.body.weight, priority: event.body.priority }
}
