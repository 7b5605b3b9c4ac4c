/**
 * Freezing keeps everything and runs nothing: what a process and its descendants hold, wait for and are attached
 * with stays, and nothing new of them begins or leaves until an operator thaws it. Weighing says what it gets
 * beside others while it runs.
 */
import type { Decision } from '../decision.ts'
import { recording } from '../decision.ts'
import { haltOf, scopeHalted } from '../halt/scope.ts'
import { whyStill } from '../halt/still.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { OrderedBy } from '../sovereign/ordered.ts'
import { actorOf, no } from '../sovereign/ordered.ts'
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

/** Why a process may not do anything: it was killed, or it stands still, or everything does. */
export function whyIdle(state: State, process: Process, at: number): Refusal | null {
  return process.killed ? killed : (whyStill(state, at) ?? whyFrozen(state, process))
}

/** Why a killed process does nothing any more. */
export const killed: Refusal = refusal(
  'killed',
  'This process was killed.',
  'An operator must add a new agent.',
)

/** Why nothing of a frozen process happens. */
export const frozen: Refusal = refusal('halted', 'This process is frozen.', 'An operator’s signed thaw.')

/** Carries out an order about how a process runs. */
export function governProcess(state: State, by: OrderedBy, action: ProcessAction): Decision {
  const process = state.processes.get(action.process)
  if (process === undefined || process.killed) return no('not-found', 'There is no such living process.')
  if (action.do !== 'process.weigh' && (process.frozen !== undefined) === (action.do === 'process.freeze'))
    return no('bad-request', 'The process is that already.', 'Nothing.')
  const of = { process: process.id, signed: by.signed }
  switch (action.do) {
    case 'process.freeze':
      return recording(state, by.at, 'process.frozen', of, actorOf(by))
    case 'process.thaw':
      return recording(state, by.at, 'process.thawed', of, { ...actorOf(by), cause: process.frozen ?? 0 })
    case 'process.weigh': {
      const { weight, priority } = action
      return recording(state, by.at, 'process.weighed', { ...of, weight, priority }, actorOf(by))
    }
  }
}
