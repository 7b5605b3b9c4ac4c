/** A process as operators see it: where it stands, what it gets beside others, and what it has under way. */
import type { Json } from '../../base/json.ts'
import { whyStill } from '../../kernel/halt/still.ts'
import { frozen, whyFrozen } from '../../kernel/process/freeze.ts'
import { ordinaryShare } from '../../kernel/schedule/share.ts'
import type { Process, State } from '../../kernel/state.ts'

/** Where a process stands. `waiting` is for a person: calls of it are held, and none is under way. */
export type Standing = 'running' | 'waiting' | 'frozen' | 'halted' | 'killed' | 'ended'

/** Where a process stands now. A child that is over has ended, whoever ended it. */
export function standingOf(state: State, process: Process): Standing {
  if (process.killed) return process.child === undefined ? 'killed' : 'ended'
  const why = whyStill(state, state.at) ?? whyFrozen(state, process)
  if (why !== null) return why === frozen ? 'frozen' : 'halted'
  return process.held > 0 && process.inFlight === 0 ? 'waiting' : 'running'
}

/** One process. */
export function processView(state: State, process: Process): { readonly [name: string]: Json } {
  const { weight, priority } = process.share ?? ordinaryShare
  return {
    process: process.id,
    name: nameOf(state, process),
    parent: process.child?.parent ?? 0,
    state: standingOf(state, process),
    weight,
    priority,
    inFlight: process.inFlight,
    held: process.held,
    timers: process.timers?.size ?? 0,
  }
}

function nameOf(state: State, { id: process, agent, child }: Process): string {
  if (child !== undefined) return child.name
  if (agent !== 0) return state.agents.get(agent)?.name ?? ''
  return [...state.drivers.values()].find((driver) => Number(driver.id) === process)?.name ?? ''
}
