/**
 * Grows a tree leaf by leaf and lays it out as tiles. Full tiles are written as they fill; `flush` writes the partial
 * ones that a tree of the present size needs. Holds one tile for each eight levels: some 56 KiB for any ledger.
 */
import { Frontier } from './frontier.ts'
import type { HashFunction } from './merkle.ts'
import { sameHash } from './merkle.ts'
import type { TileStore } from './tiles.ts'
import { edgeWidth, readTile, tilePath, TileNodes, tileWidth } from './tiles.ts'

const tileLevels = 8
const hashBytes = 32

/** The last tile of one tile level. */
interface Edge {
  index: number
  width: number
  /** How many of its hashes the partial tile on disk has. */
  written: number
  readonly bytes: Uint8Array
}

/** The writer of one tree's tiles. */
export class TileWriter {
  readonly #store: TileStore
  readonly #frontier: Frontier
  readonly #edges: Edge[] = []

  /** A tree without leaves. Whatever is in `store` is overwritten as it is reached. */
  constructor(hash: HashFunction, store: TileStore) {
    this.#store = store
    this.#frontier = new Frontier(hash, (level, node) => {
      if (level % tileLevels === 0) this.#put(level / tileLevels, node)
    })
  }

  /** Goes on with the tree of `size` and `root` that `store` holds, or null when it does not hold that one. */
  static restore(
    hash: HashFunction,
    store: TileStore,
    { size, root }: { readonly size: number; readonly root: Uint8Array },
  ): TileWriter | null {
    const writer = new TileWriter(hash, store)
    const nodes = new TileNodes(hash, store, size)
    if (!writer.#frontier.restore(size, (level, index) => nodes.node(level, index))) return null
    for (let level = 0; tileWidth ** level <= size; level++) {
      const width = edgeWidth(size, level)
      const index = Math.floor(size / tileWidth ** (level + 1))
      const edge: Edge = { index, width, written: width, bytes: new Uint8Array(tileWidth * hashBytes) }
      const tile = width === 0 ? new Uint8Array() : readTile(store, size, level, index)
      if (tile === null || !isComplete(store, level, index)) return null
      edge.bytes.set(tile)
      writer.#edges.push(edge)
    }
    return sameHash(writer.root(), root) ? writer : null
  }

  /** How many leaves there are. */
  get size(): number {
    return this.#frontier.size
  }

  /** Adds the next leaf by its hash. */
  push(leaf: Uint8Array): void {
    this.#frontier.push(leaf)
  }

  /** The root over all leaves so far. */
  root(): Uint8Array {
    return this.#frontier.root()
  }

  /** Writes the partial tiles of the present size, where they are not there already. */
  flush(): void {
    for (const [level, edge] of this.#edges.entries()) {
      if (edge.width === 0 || edge.written === edge.width) continue
      const bytes = edge.bytes.subarray(0, edge.width * hashBytes)
      this.#store.write(tilePath(level, edge.index, edge.width), bytes)
      edge.written = edge.width
    }
  }

  #put(level: number, node: Uint8Array): void {
    const edge = (this.#edges[level] ??= {
      index: 0,
      width: 0,
      written: 0,
      bytes: new Uint8Array(tileWidth * hashBytes),
    })
    edge.bytes.set(node, edge.width * hashBytes)
    edge.width++
    if (edge.width < tileWidth) return
    this.#store.write(tilePath(level, edge.index), edge.bytes)
    if (edge.written > 0) this.#store.remove(`${tilePath(level, edge.index)}.p`)
    edge.index++
    edge.width = 0
    edge.written = 0
  }
}

/** Whether the first `count` tiles of a level are there, whatever is in them. */
function isComplete(store: TileStore, level: number, count: number): boolean {
  for (let index = 0; index < count; index++) if (!store.has(tilePath(level, index))) return false
  return true
}
