/**
 * The tree as files, in the layout of C2SP tlog-tiles: tiles of 256 hashes, eight levels of the tree each, that never
 * change once they are full. They are a cache of the records: whoever deletes them only makes them be built again.
 * Records themselves are not laid out as entry bundles: they are private, and the ledger has them.
 */
import type { HashFunction, NodeSource } from './merkle.ts'
import { nodeHash } from './merkle.ts'

/** Hashes in a full tile, levels of the tree in one, and bytes of a hash. */
export const tileWidth = 256
const tileLevels = 8
const hashBytes = 32

/** Where tiles are kept. Paths are relative, with `/`. */
export interface TileStore {
  /** Null when there is no such file. */
  read(path: string): Uint8Array | null
  has(path: string): boolean
  /** Whole or not at all, though not durable: what is lost is built again. */
  write(path: string, bytes: Uint8Array): void
  /** Removes a folder and what is in it, where it exists. */
  remove(path: string): void
}

/** Path of tile `index` of tile level `level`, when it holds `width` hashes. */
export function tilePath(level: number, index: number, width: number = tileWidth): string {
  const digits = String(index)
  const groups = digits.padStart(Math.ceil(digits.length / 3) * 3, '0').match(/.{3}/g) ?? []
  const name = groups.map((group, at) => (at === groups.length - 1 ? group : `x${group}`)).join('/')
  return `tile/${level}/${name}${width === tileWidth ? '' : `.p/${width}`}`
}

/** How many hashes the last tile of `level` holds in a tree of `size`; 0 when its last tile is full or there is none. */
export function edgeWidth(size: number, level: number): number {
  return Math.floor(size / tileWidth ** level) % tileWidth
}

/** The hashes of a tile in a tree of `size`, or null when no file holds them. A full tile stands in for a partial one. */
export function readTile(store: TileStore, size: number, level: number, index: number): Uint8Array | null {
  const present = Math.floor(size / tileWidth ** level) - index * tileWidth
  const width = Math.min(tileWidth, present)
  if (width <= 0) return null
  for (const held of width === tileWidth ? [tileWidth] : [width, tileWidth]) {
    const bytes = store.read(tilePath(level, index, held))
    if (bytes?.length === held * hashBytes) return bytes.subarray(0, width * hashBytes)
  }
  return null
}

/** The nodes of the tree of `size` that `store` holds. What they are is not believed: check what is made of them. */
export class TileNodes implements NodeSource {
  readonly #hash: HashFunction
  readonly #store: TileStore
  readonly #size: number
  readonly #tiles = new Map<string, Uint8Array | null>()

  constructor(hash: HashFunction, store: TileStore, size: number) {
    this.#hash = hash
    this.#store = store
    this.#size = size
  }

  node(level: number, index: number): Uint8Array | null {
    const tileLevel = Math.floor(level / tileLevels)
    const count = 2 ** (level % tileLevels)
    const first = index * count
    const tile = this.#tile(tileLevel, Math.floor(first / tileWidth))
    const at = (first % tileWidth) * hashBytes
    if (tile === null || tile.length < at + count * hashBytes) return null
    return this.#fold(tile.subarray(at, at + count * hashBytes))
  }

  #fold(hashes: Uint8Array): Uint8Array {
    if (hashes.length === hashBytes) return hashes
    const middle = hashes.length / 2
    return nodeHash(this.#hash, this.#fold(hashes.subarray(0, middle)), this.#fold(hashes.subarray(middle)))
  }

  #tile(level: number, index: number): Uint8Array | null {
    const key = `${level}/${index}`
    const known = this.#tiles.get(key)
    if (known !== undefined) return known
    if (this.#tiles.size >= 64) this.#tiles.clear()
    const tile = readTile(this.#store, this.#size, level, index)
    this.#tiles.set(key, tile)
    return tile
  }
}
