/** Holding records against heads, where the first of them are archived elsewhere and tiles stand in for them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256 } from '../base/hash.ts'
import { leafHash } from '../ledger/evidence/merkle.ts'
import { memoryTiles } from '../ledger/evidence/tile-store.ts'
import { TileWriter } from '../ledger/evidence/tile-writer.ts'
import type { ReadHead } from './tree-check.ts'
import { TreeCheck } from './tree-check.ts'

const record = (seq: number, name = 'a'): Uint8Array => Buffer.from(`${name} ${seq}`)

/** A tree of 700 records, with heads at some sizes. */
function tree(sizes: readonly number[]): {
  readonly heads: readonly ReadHead[]
  readonly tiles: ReturnType<typeof memoryTiles>
} {
  const tiles = memoryTiles()
  const writer = new TileWriter(sha256, tiles)
  const heads: ReadHead[] = []
  for (let seq = 1; seq <= 700; seq++) {
    writer.push(leafHash(sha256, record(seq)))
    if (!sizes.includes(seq)) continue
    const source = `the head at ${seq}`
    heads.push({ origin: 'o', size: seq, root: writer.root(), extensions: [], source, cosigned: new Map() })
  }
  writer.flush()
  return { heads, tiles }
}

function found(check: TreeCheck, from: number, to: number, name = 'a'): readonly string[] {
  for (let seq = from; seq <= to; seq++) check.take(seq, record(seq, name))
  return check.problems(to).map(({ code, message }) => `${code}: ${message}`)
}

test('every head on the way is compared, and one beyond the end is a rollback', () => {
  const { heads } = tree([1, 256, 300, 700])
  assert.deepEqual(found(new TreeCheck(heads, memoryTiles()), 1, 700), [])
  assert.match(
    found(new TreeCheck(heads, memoryTiles()), 1, 699).join(),
    /^rolled-back: .*ends at event 699.*the head at 700/,
  )
  assert.equal(
    found(new TreeCheck(heads, memoryTiles()), 1, 700, 'b').filter((one) => one.startsWith('rewritten'))
      .length,
    4,
  )
})

test('where the beginning is archived, tiles stand in for it, and are believed only as far as they give a signed root', () => {
  const { heads, tiles } = tree([100, 600, 700])
  const problems = found(new TreeCheck(heads, tiles), 257, 700)
  assert.equal(problems.length, 1)
  assert.match(problems[0] ?? '', /^unsupported: .*the head at 100.*archived/)
  const wrong = memoryTiles()
  for (const [path, bytes] of tiles.files) wrong.write(path, bytes)
  wrong.write('tile/0/000', new Uint8Array(8192))
  wrong.write('tile/1/000.p/2', new Uint8Array(64))
  const codes = found(new TreeCheck(heads, wrong), 257, 700).map((one) => one.split(':')[0])
  assert.deepEqual(codes, ['unsupported', 'rewritten', 'rewritten'])
  assert.deepEqual(
    found(new TreeCheck(heads.slice(1), memoryTiles()), 257, 700).map((one) => one.split(':')[0]),
    ['rewritten', 'rewritten'],
  )
})
