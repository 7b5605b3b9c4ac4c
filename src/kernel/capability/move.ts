/**
 * A process puts what it holds into another's hands: the same node of the tree, with its descendants and what
 * was counted on it. Whoever held it leaves the chain, so their end is not its end any more; whatever was above
 * it stays above it, so nobody escapes a revocation by moving.
 */
import { invariant } from '../../base/fault.ts'
import type { Handle } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Command } from '../command.ts'
import type { Decision } from '../decision.ts'
import { accepted, byProcess, recorder } from '../decision.ts'
import { cut, endedBy } from '../gate/settle.ts'
import { noProcess, refuseSyscall } from '../process/refuse.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Capability, Process, State } from '../state.ts'
import { whyUngivable } from './derive.ts'
import { chainsOf } from './quorum.ts'
import { authorityOf, designated } from './tree.ts'

type Move = Extract<Command, { kind: 'capability.move' }>

/** Moves a capability to a process that its holder may give to. Calls that the old holder made under it end. */
export function decideMove(state: State, command: Move): Decision {
  const { at, undispatched } = command
  const process = state.processes.get(command.process)
  const holder = state.processes.get(command.holder)
  if (process === undefined) return noProcess
  const capability = designated(state, process, command.handle) ?? undefined
  const why = whyImmovable(state, command, process, holder, capability)
  if (why !== null) {
    const asked = { process: process.id, object: capability?.object ?? 0, selector: 'capability/move' }
    return refuseSyscall(state, at, asked, why)
  }
  invariant(capability !== undefined && holder !== undefined, 'what may be moved is there')
  const ended = [...state.calls.values()].filter(
    (call) => call.process === process.id && call.stage !== 'denied' && isUnder(state, call, capability),
  )
  const recorded = recorder(state, at)
  const cause = recorded.record(
    'capability.moved',
    {
      capability: capability.id,
      from: process.id,
      holder: holder.id,
      handle: id<Handle>(holder.nextHandle),
      ...endedBy(ended, undispatched),
    },
    { ...byProcess(process.id), authority: authorityOf(capability) },
  )
  cut(state, recorded, ended, { reason: 'withdrawn', cause, undispatched })
  return accepted(recorded)
}

function whyImmovable(
  state: State,
  command: Move,
  process: Process,
  holder: Process | undefined,
  capability: Capability | undefined,
): Refusal | null {
  const why = whyUngivable(state, command.at, process, holder, capability)
  if (why !== null || holder !== process) return why
  return refusal('bad-request', 'This process holds it already.', 'Another process.')
}

/** True for a call made with this very capability, or with the approval that was made from it. */
function isUnder(state: State, call: Parameters<typeof chainsOf>[1], { id: moved }: Capability): boolean {
  return chainsOf(state, call).some(
    ([leaf, above]) => leaf?.id === moved || (leaf?.handle === 0 && above?.id === moved),
  )
}
