/**
 * Processes and their children. A child is an identity of its own that can do what its parent gave it and
 * nothing else; it dies with its parent, and whatever the two had in flight with it.
 */
import type { ProcessId } from '../../base/ids.ts'
import { restsOnHolder } from '../capability/quorum.ts'
import type { Undispatched } from '../command.ts'
import type { Recorder } from '../decision.ts'
import { cut } from '../gate/settle.ts'
import type { Process, State } from '../state.ts'

/** Children of a process, ended ones included while they are remembered. */
export function childrenOf(state: State, parent: ProcessId): readonly Process[] {
  return [...state.processes.values()].filter((process) => process.child?.parent === parent)
}

/** A process and all that descends from it, nearest first. */
export function familyOf(state: State, process: ProcessId): readonly Process[] {
  const first = state.processes.get(process)
  const family = first === undefined ? [] : [first]
  for (const member of family) family.push(...childrenOf(state, member.id))
  return family
}

/** Ends every call of a process and its descendants, and every call under something they held. */
export function cutFamily(
  state: State,
  recorded: Recorder,
  process: ProcessId,
  cause: number,
  undispatched: Undispatched,
): void {
  const family = familyOf(state, process).map((member) => member.id)
  const calls = [...state.calls.values()].filter(
    (call) =>
      family.includes(call.process) ||
      (call.stage !== 'denied' && family.some((member) => restsOnHolder(state, call, member))),
  )
  cut(state, recorded, calls, { reason: 'killed', cause, undispatched })
}
