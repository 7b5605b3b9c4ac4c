/**
 * Derivation trees of any size: one root grant, and below it groups of a thousand, each a chain of 63 levels with
 * leaves at depth 64. The domain is made by folding events; what is below the root goes straight into the store.
 */
import type { CapabilityId, Instant, ProcessId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import { childOf } from '../../src/kernel/capability/plant.ts'
import type { Event } from '../../src/kernel/event.ts'
import { evolve } from '../../src/kernel/evolve.ts'
import type { State } from '../../src/kernel/state.ts'
import { initialState } from '../../src/kernel/state.ts'

const at = id<Instant>(1_700_000_000_000)
const holder = id<ProcessId>(3)
const signed = { record: JSON.stringify({ nonce: '0', time: at, operator: 1 }), signature: '' }
const groupSize = 1_000
const deepest = 64
const caveats = {
  selectors: ['tools/read'],
  where: { '*': { arguments: {}, open: true } },
  expiresAt: id<Instant>(at + 86_400_000),
} as const

/** Ledger time at which everything in the tree lives. */
export const moment: Instant = at

/** The root grant of every tree. */
export const root: CapabilityId = id<CapabilityId>(1)

/** A domain with `count` capabilities, and those of them that are at depth 64. */
export function growTree(count: number): { readonly state: State; readonly leaves: readonly CapabilityId[] } {
  const state = initialState()
  for (const event of events()) evolve(state, event)
  const leaves: CapabilityId[] = []
  let parent = state.capabilities.get(root)
  for (let next = 2; next <= count && parent !== undefined; next++) {
    if (next % groupSize === 0) parent = state.capabilities.get(root)
    if (parent === undefined) break
    const child = id<CapabilityId>(next)
    const node = childOf(parent, child, state.seq)
    state.capabilities.add({ ...node, holder, handle: id(next), caveats: {} })
    if (node.depth === deepest) leaves.push(child)
    else parent = state.capabilities.get(child)
  }
  state.nextCapability = count + 1
  return { state, leaves }
}

function events(): readonly Event[] {
  const bodies = [
    {
      kind: 'domain.created',
      body: { name: 'main', canonDigest: '', canonVersion: 1, policyVersion: '', ledgerKey: '' },
    },
    { kind: 'operator.enrolled', body: { operator: 1, name: 'ada', level: 'sovereign', publicKey: '' } },
    { kind: 'kernel.booted', body: { boot: 1, rules: 2, code: '', policyVersion: '' } },
    { kind: 'agent.added', body: { agent: 2, process: holder, name: 'bob', tokenDigest: '', signed } },
    {
      kind: 'capability.granted',
      body: { capability: root, holder, handle: 1, object: 4, caveats, signed },
    },
  ]
  const circumstances = { at, actor: { kind: 'operator', id: 1 }, cause: 0, authority: null, payload: null }
  return bodies.map((event, index) => ({ ...event, ...circumstances, seq: index + 1 }) as unknown as Event)
}
