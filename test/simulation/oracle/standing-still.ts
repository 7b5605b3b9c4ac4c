/** Which agents and processes stand still, as the events say. */
import type { Model } from './model.ts'

/** A scope as the model keeps it. */
export interface ModelHalt {
  readonly agent: number
  /** The process whose descendants stand still: that of the agent, or the one that was named. */
  readonly process: number
  readonly requestedAt: number
}

/** True when a process is in a scope that stands still. */
export function isHalted(model: Model, process: number): boolean {
  return [...model.halts.values()].some((halt) => descends(model, process, halt.process))
}

/** Names of the scopes that stand still and of which something is left. */
export function liveHalts(model: Model): readonly string[] {
  return [...model.halts].flatMap(([key, { agent, process }]) => {
    const isLeft = agent === 0 ? isAlive(model, process) : model.agents.has(agent)
    return isLeft ? [key] : []
  })
}

function isAlive(model: Model, process: number): boolean {
  return model.processes.get(process)?.killed === false || model.drivers.has(process)
}

/** True for a process and whatever it comes from. */
export function descends(model: Model, process: number, ancestor: number): boolean {
  for (let at = process; at !== 0; at = model.processes.get(at)?.parent ?? 0) if (at === ancestor) return true
  return false
}
