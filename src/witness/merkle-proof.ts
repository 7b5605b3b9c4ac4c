/**
 * Proofs in the Merkle tree of RFC 9162 §2.1: that a leaf is in a tree, and that one tree continues another. They are
 * made from a `NodeSource` and checked without one, by code that also runs in a browser.
 */
import type { HashFunction, NodeSource } from '../ledger/evidence/merkle.ts'
import { nodeHash, sameHash } from '../ledger/evidence/merkle.ts'

/** The largest power of two below `n`, which is at least 2. */
function splitOf(n: number): number {
  let k = 1
  while (k * 2 < n) k *= 2
  return k
}

/**
 * Hash of the leaves from `start` up to `end`, where `start` is a multiple of the least power of two that is not
 * below their number: such ranges are all that proofs and roots are made of. Null when a node is missing.
 */
export function rangeHash(
  hash: HashFunction,
  nodes: NodeSource,
  start: number,
  end: number,
): Uint8Array | null {
  const count = end - start
  if (count === 0) return hash(new Uint8Array(0))
  const level = Math.log2(count)
  if (Number.isInteger(level)) return nodes.node(level, start / count)
  const middle = start + splitOf(count)
  const left = rangeHash(hash, nodes, start, middle)
  const right = rangeHash(hash, nodes, middle, end)
  return left === null || right === null ? null : nodeHash(hash, left, right)
}

/** That leaf `index` is in the tree of `size` leaves: PATH of RFC 9162 §2.1.3.1. Null when a node is missing. */
export function inclusionProof(
  hash: HashFunction,
  nodes: NodeSource,
  index: number,
  size: number,
): readonly Uint8Array[] | null {
  const path: (Uint8Array | null)[] = []
  let [start, end] = [0, size]
  while (end - start > 1) {
    const middle = start + splitOf(end - start)
    const isLeft = index < middle
    path.push(isLeft ? rangeHash(hash, nodes, middle, end) : rangeHash(hash, nodes, start, middle))
    if (isLeft) end = middle
    else start = middle
  }
  return whole(path.reverse())
}

/** That the tree of `size` continues the one of `oldSize`: PROOF of RFC 9162 §2.1.4.1. Empty for 0 and for equal sizes. */
export function consistencyProof(
  hash: HashFunction,
  nodes: NodeSource,
  oldSize: number,
  size: number,
): readonly Uint8Array[] | null {
  if (oldSize === 0 || oldSize === size) return []
  const path: (Uint8Array | null)[] = []
  let [start, end] = [0, size]
  while (oldSize !== end) {
    const middle = start + splitOf(end - start)
    const isLeft = oldSize <= middle
    path.push(isLeft ? rangeHash(hash, nodes, middle, end) : rangeHash(hash, nodes, start, middle))
    if (isLeft) end = middle
    else start = middle
  }
  if (start !== 0) path.push(rangeHash(hash, nodes, start, end))
  return whole(path.reverse())
}

function whole(path: readonly (Uint8Array | null)[]): readonly Uint8Array[] | null {
  const hashes = path.filter((node) => node !== null)
  return hashes.length === path.length ? hashes : null
}

const isOdd = (n: number): boolean => n % 2 === 1
const half = (n: number): number => Math.floor(n / 2)
const isHash = ({ length }: Uint8Array): boolean => length === 32
const isSize = (n: number): boolean => Number.isSafeInteger(n) && n >= 0

/** The root that `proof` leads to from the leaf, or null when the proof has another length: RFC 9162 §2.1.3.2. */
export function rootFromInclusion(
  hash: HashFunction,
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
): Uint8Array | null {
  if (!isSize(index) || !isSize(size) || index >= size || ![leaf, ...proof].every(isHash)) return null
  let [at, last] = [index, size - 1]
  let root = leaf
  for (const step of proof) {
    if (last === 0) return null
    if (isOdd(at) || at === last) {
      root = nodeHash(hash, step, root)
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)]
    } else root = nodeHash(hash, root, step)
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 ? root : null
}

/** Whether `proof` shows that the tree of `size` and `root` has exactly the old tree as its beginning: §2.1.4.2. */
export function isConsistent(
  hash: HashFunction,
  old: { readonly size: number; readonly root: Uint8Array },
  now: { readonly size: number; readonly root: Uint8Array },
  proof: readonly Uint8Array[],
): boolean {
  if (!isSize(old.size) || !isSize(now.size) || old.size > now.size) return false
  if (![old.root, now.root, ...proof].every(isHash)) return false
  if (old.size === 0 && !sameHash(old.root, hash(new Uint8Array(0)))) return false
  if (old.size === now.size) return proof.length === 0 && sameHash(old.root, now.root)
  if (old.size === 0) return proof.length === 0
  let [at, last] = [old.size - 1, now.size - 1]
  while (isOdd(at)) [at, last] = [half(at), half(last)]
  const steps = at === 0 ? proof : proof.slice(1)
  const first = at === 0 ? old.root : proof[0]
  if (first === undefined) return false
  let [from, to] = [first, first]
  for (const step of steps) {
    if (last === 0) return false
    if (isOdd(at) || at === last) {
      from = nodeHash(hash, step, from)
      to = nodeHash(hash, step, to)
      while (!isOdd(at) && at !== 0) [at, last] = [half(at), half(last)]
    } else to = nodeHash(hash, to, step)
    ;[at, last] = [half(at), half(last)]
  }
  return last === 0 && sameHash(from, old.root) && sameHash(to, now.root)
}
