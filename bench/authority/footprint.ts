/** Memory and single moments: what a million capabilities take, and how long one revocation does. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bury } from '../../src/kernel/capability/plant.ts'
import type { State } from '../../src/kernel/state.ts'
import type { Slice } from '../measure/contest.ts'
import { growTree, root } from './large-tree.ts'

const warmUps = 2_000

/** Bytes of each of `count` capabilities, with all that the store keeps for them, digests included. */
export function bytesEach(count: number): number {
  const before = usedBytes()
  const { state } = growTree(count)
  state.capabilities.digests()
  const bytes = (usedBytes() - before) / count
  if (state.capabilities.size !== count) throw new Error('the tree is not what was wanted')
  return bytes
}

/** Marks the root of a fresh tree as revoked: everything below is dead. */
export function revokeOnce(count: number): Slice {
  for (let at = 0; at < warmUps; at++) bury(smallTree(), root, false)
  const { state } = growTree(count)
  return timed(() => bury(state, root, false))
}

/** The same, by marking everything below at once. */
export function cascadeOnce(count: number): Slice {
  for (let at = 0; at < warmUps; at++) cascade(smallTree())
  const { state } = growTree(count)
  return timed(() => cascade(state))
}

function cascade({ capabilities }: State): void {
  capabilities.revoke(root)
  for (const capability of capabilities.keys()) {
    const parent = capabilities.parentOf(capability)
    if (parent !== 0 && capabilities.isRevoked(parent)) capabilities.revoke(capability)
  }
}

function smallTree(): State {
  return growTree(10).state
}

/** How long one piece of work takes, as a slice of that one. */
export function timed(work: () => void): Slice {
  const startedAt = performance.now()
  work()
  const tookUs = (performance.now() - startedAt) * 1_000
  return { perSecond: null, p50Us: tookUs, p99Us: tookUs }
}

function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  // What one collection finds dead, the next one has given back.
  for (let time = 0; time < 3; time++) collect()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}
