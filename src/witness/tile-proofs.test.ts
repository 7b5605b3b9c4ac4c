/** Tiles hold exactly the tree, at every size, in a folder and in memory, and what is lost is noticed. */
import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sha256 } from '../base/hash.ts'
import { leafHash } from '../ledger/evidence/merkle.ts'
import {
  consistencyProof,
  inclusionProof,
  isConsistent,
  rangeHash,
  rootFromInclusion,
} from './merkle-proof.ts'
import { folderTiles, memoryTiles } from '../ledger/evidence/tile-store.ts'
import { TileWriter } from '../ledger/evidence/tile-writer.ts'
import { tilePath, TileNodes } from '../ledger/evidence/tiles.ts'

const leafAt = (index: number): Uint8Array => leafHash(sha256, Buffer.from(`record ${index}`))
const hex = (bytes: Uint8Array | null): string => Buffer.from(bytes ?? []).toString('hex')

test('paths are those of the tlog-tiles text', () => {
  assert.equal(tilePath(0, 1_234_067), 'tile/0/x001/x234/067')
  assert.equal(tilePath(2, 5), 'tile/2/005')
  assert.equal(tilePath(1, 273, 112), 'tile/1/273.p/112')
  assert.equal(tilePath(0, 1000), 'tile/0/x001/000')
})

test('a tree of 70,000 leaves has the tiles of the tlog-tiles text, and all proofs come from them', () => {
  const store = memoryTiles()
  const writer = new TileWriter(sha256, store)
  const roots = new Map<number, Uint8Array>()
  for (let index = 0; index < 70_000; index++) {
    if ([1, 255, 256, 257, 65_536].includes(index)) roots.set(index, writer.root())
    writer.push(leafAt(index))
  }
  writer.flush()
  const counted = [0, 1, 2].map((level) =>
    [...store.files.keys()].filter((path) => path.startsWith(`tile/${level}/`)),
  )
  assert.deepEqual(
    counted.map((paths) => paths.length),
    [274, 2, 1],
  )
  assert.equal(store.files.get('tile/0/273.p/112')?.length, 112 * 32)
  assert.equal(store.files.get('tile/1/001.p/17')?.length, 17 * 32)
  assert.equal(store.files.get('tile/2/000.p/1')?.length, 32)
  const nodes = new TileNodes(sha256, store, 70_000)
  const root = writer.root()
  assert.equal(hex(rangeHash(sha256, nodes, 0, 70_000)), hex(root))
  for (const index of [0, 1, 255, 256, 4_095, 65_535, 65_536, 69_888, 69_999]) {
    const proof = inclusionProof(sha256, nodes, index, 70_000)
    assert.equal(hex(rootFromInclusion(sha256, leafAt(index), index, 70_000, proof ?? [])), hex(root))
  }
  for (const [size, old] of roots) {
    const proof = consistencyProof(sha256, nodes, size, 70_000)
    assert.equal(isConsistent(sha256, { size, root: old }, { size: 70_000, root }, proof ?? []), true)
  }
})

test('a tree goes on in another process from its tiles, at any size, and not from tiles of another root', () => {
  const folder = mkdtempSync(join(tmpdir(), 'custos-tiles-'))
  try {
    const whole = new TileWriter(sha256, memoryTiles())
    const store = folderTiles(folder)
    let size = 0
    for (const until of [1, 2, 200, 256, 257, 511, 512, 700, 1_024, 1_025]) {
      const writer = TileWriter.restore(sha256, store, { size, root: whole.root() })
      assert.ok(writer !== null, `at ${size}`)
      for (; size < until; size++) {
        writer.push(leafAt(size))
        whole.push(leafAt(size))
      }
      writer.flush()
      assert.equal(hex(writer.root()), hex(whole.root()))
    }
    assert.equal(TileWriter.restore(sha256, store, { size, root: leafAt(3) }), null)
    assert.equal(readdirSync(join(folder, 'tile/0')).includes('000.p'), false)
    const edge = { size, root: whole.root() }
    const [inner] = [store.read('tile/0/001')]
    store.remove('tile/0/001')
    assert.equal(TileWriter.restore(sha256, store, edge), null)
    store.write('tile/0/001', inner ?? new Uint8Array())
    assert.ok(TileWriter.restore(sha256, store, edge) !== null)
    store.remove('tile/0/004.p')
    assert.equal(TileWriter.restore(sha256, store, { size, root: whole.root() }), null)
    assert.equal(inclusionProof(sha256, new TileNodes(sha256, store, size), 5, size)?.length, undefined)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
