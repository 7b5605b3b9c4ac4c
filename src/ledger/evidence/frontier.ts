/**
 * The right edge of a growing Merkle tree: the hashes of the complete subtrees that its size is made of, one for
 * each bit. Enough to add leaves and to say the root at any moment, in memory that does not grow with the ledger.
 */
import type { HashFunction } from './merkle.ts'
import { nodeHash } from './merkle.ts'

/** Hears of every complete subtree as it becomes complete, leaves (level 0) included. */
export type NodeListener = (level: number, node: Uint8Array) => void

/** A tree to which leaves are added. */
export class Frontier {
  readonly #hash: HashFunction
  readonly #completed: NodeListener
  /** At each level the complete subtree that waits for its right neighbour, if one does. */
  readonly #waiting: (Uint8Array | undefined)[] = []
  #size = 0

  constructor(hash: HashFunction, completed: NodeListener = () => undefined) {
    this.#hash = hash
    this.#completed = completed
  }

  /** How many leaves there are. */
  get size(): number {
    return this.#size
  }

  /** Adds the next leaf by its hash. */
  push(leaf: Uint8Array): void {
    let node = leaf
    let level = 0
    this.#completed(0, node)
    for (;;) {
      const left = this.#waiting[level]
      if (left === undefined) break
      this.#waiting[level] = undefined
      node = nodeHash(this.#hash, left, node)
      this.#completed(++level, node)
    }
    this.#waiting[level] = node
    this.#size++
  }

  /** Takes over a tree of `size` whose complete subtrees `nodeAt` knows; false, and nothing done, when one is missing. */
  restore(size: number, nodeAt: (level: number, index: number) => Uint8Array | null): boolean {
    const waiting: (Uint8Array | undefined)[] = []
    for (let level = 0, rest = size; rest > 0; level++, rest = Math.floor(rest / 2)) {
      if (rest % 2 === 0) waiting.push(undefined)
      else {
        const node = nodeAt(level, rest - 1)
        if (node === null) return false
        waiting.push(node)
      }
    }
    this.#waiting.splice(0, this.#waiting.length, ...waiting)
    this.#size = size
    return true
  }

  /** The root over all leaves so far. */
  root(): Uint8Array {
    let root: Uint8Array | null = null
    for (const node of this.#waiting) {
      if (node === undefined) continue
      root = root === null ? node : nodeHash(this.#hash, node, root)
    }
    return root ?? this.#hash(new Uint8Array(0))
  }
}
