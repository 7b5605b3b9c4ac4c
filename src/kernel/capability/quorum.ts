/**
 * Quorum amplification: a use that needs several capabilities, granted by as many different operators. They are
 * found among what the process holds on the object; each must allow the use by itself, and one use of each is
 * taken. Two grants of one operator count as one, whatever was derived from them.
 */
import type { CapabilityId, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Call, Capability, Driver, Process, State } from '../state.ts'
import type { Term } from './record.ts'
import { chainOf, descendsFrom, passesThrough, termsOf } from './tree.ts'

/** How many capabilities of different origin a use of the chain takes: 1 where nothing asks for more. */
export function quorumOf(chain: readonly Term[], driver: Driver | null, selector: string): number {
  let most = driver?.selectors.get(selector)?.quorum ?? 1
  for (const { caveats } of chain) most = Math.max(most, caveats.quorum ?? 1)
  return most
}

/** How many different operators must approve a use of the chain. */
export function approvalsOf(chain: readonly Term[]): number {
  let most = 1
  for (const { caveats } of chain) most = Math.max(most, caveats.approvals ?? 1)
  return most
}

/**
 * The chains that join `chain` for one use, oldest handle first, one of each other operator; `allows` judges
 * each by itself. A refusal says how many are missing.
 */
export function joinedBy(
  state: State,
  process: Process,
  chain: readonly Term[],
  needed: number,
  allows: (chain: readonly Term[]) => boolean,
): readonly (readonly Term[])[] | Refusal {
  const leaf = state.capabilities.get(chain[0]?.id ?? id(0))
  const origins = new Set([leaf?.grantedBy])
  const joined: (readonly Term[])[] = []
  for (const held of process.handles.values()) {
    if (origins.size >= needed) break
    const other = state.capabilities.get(held)
    if (other === undefined || other.object !== leaf?.object || origins.has(other.grantedBy)) continue
    const line = termsOf(state, held)
    if (!allows(line)) continue
    origins.add(other.grantedBy)
    joined.push(line)
  }
  return joinedEnough(needed, joined)
}

/** The chains that join another, if they are enough, or why not. */
export function joinedEnough(
  needed: number,
  joined: readonly (readonly Term[])[],
): readonly (readonly Term[])[] | Refusal {
  if (joined.length >= needed - 1) return joined
  return refusal(
    'not-held',
    `This needs ${needed} capabilities, granted by as many operators; there are ${joined.length + 1}.`,
    'A grant by another operator.',
  )
}

/** The capabilities that a call stands on: its own first, then those that joined it. */
export function leavesOf(call: Call): readonly CapabilityId[] {
  return call.with === undefined ? [call.capability] : [call.capability, ...call.with]
}

/** Every chain that a call stands on, that of its own capability first. */
export function chainsOf(state: State, call: Call): readonly (readonly Capability[])[] {
  return leavesOf(call).map((capability) => chainOf(state, capability))
}

/** True when the call stands on `capability`, or on something derived from it. */
export function restsOn(state: State, call: Call, capability: CapabilityId): boolean {
  return leavesOf(call).some((leaf) => descendsFrom(state, leaf, capability))
}

/** True when the call stands on something that `holder` holds, or held and derived from. */
export function restsOnHolder(state: State, call: Call, holder: ProcessId): boolean {
  return leavesOf(call).some((leaf) => passesThrough(state, leaf, holder))
}
