/**
 * Freezing keeps everything and runs nothing: what a process and its descendants hold, wait for and are attached
 * with stays, and nothing new of them begins or leaves until an operator thaws it. Weighing says what it gets
 * beside others while it runs.
 */
import type { Decision } from '../decision.ts'
import { accepted, recorder, unrecorded } from '../decision.ts'
import { haltOf, scopeHalted } from '../halt/scope.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { OrderedBy } from '../sovereign/ordered.ts'
import type { Process, State } from '../state.ts'
import type { ProcessAction } from './action.ts'

/** Why nothing of a process runs: it, or one that it descends from, is frozen or halted. Null while none is. */
export function whyFrozen(state: State, process: Process | undefined): Refusal | null {
  for (let at = process; at !== undefined;) {
    if (at.frozen !== undefined) return frozen
    if (haltOf(state, at) !== undefined) return scopeHalted
    at = at.child === undefined ? undefined : state.processes.get(at.child.parent)
  }
  return null
}

/** Why nothing of a frozen process happens. */
export const frozen: Refusal = refusal('halted', 'This process is frozen.', 'An operator’s signed thaw.')

/** Carries out an order about how a process runs. */
export function governProcess(state: State, by: OrderedBy, action: ProcessAction): Decision {
  const process = state.processes.get(action.process)
  if (process === undefined || process.killed)
    return unrecorded(refusal('not-found', 'There is no such living process.', 'A corrected order.'))
  if (action.do !== 'process.weigh' && (process.frozen !== undefined) === (action.do === 'process.freeze'))
    return unrecorded(refusal('bad-request', 'The process is that already.', 'Nothing.'))
  const recorded = recorder(state, by.at)
  const actor = { actor: { kind: 'operator', id: by.operator.id } } as const
  const of = { process: process.id, signed: by.signed }
  switch (action.do) {
    case 'process.freeze':
      recorded.record('process.frozen', of, actor)
      break
    case 'process.thaw':
      recorded.record('process.thawed', of, { ...actor, cause: process.frozen ?? 0 })
      break
    case 'process.weigh':
      recorded.record('process.weighed', { ...of, weight: action.weight, priority: action.priority }, actor)
  }
  return accepted(recorded)
}
