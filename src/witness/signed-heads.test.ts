/** Tree heads over a ledger that grows: what is signed is the tree of the records, and never two histories. */
import assert from 'node:assert/strict'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fromBase64url } from '../base/base64url.ts'
import { sha256 } from '../base/hash.ts'
import type { Bench } from '../ledger/ledger-contract.ts'
import { bench, fill, mustOpen } from '../ledger/ledger-contract.ts'
import { memoryDisk } from '../ledger/memory-disk.ts'
import type { Disk } from '../ledger/port.ts'
import { LedgerReader } from '../ledger/reader.ts'
import type { SegmentLog } from '../ledger/segment-log.ts'
import { HeadKeeper, readLedgerNote } from '../ledger/evidence/head-keeper.ts'
import { leafHash } from '../ledger/evidence/merkle.ts'
import { isConsistent } from './merkle-proof.ts'
import { consistencyProof } from './merkle-proof.ts'
import { NoteFile, noteFileLimits, readNotes } from '../ledger/evidence/note-file.ts'
import { textBytes } from '../ledger/evidence/note.ts'
import { Frontier } from '../ledger/evidence/frontier.ts'
import { memoryTiles } from '../ledger/evidence/tile-store.ts'
import { TileNodes } from '../ledger/evidence/tiles.ts'
import type { TileStore } from '../ledger/evidence/tiles.ts'
import { logKeyOf } from '../ledger/evidence/tree-head.ts'

const folder = mkdtempSync(join(tmpdir(), 'custos-heads-'))
after(() => rmSync(folder, { recursive: true }))
let files = 0
const newFile = (): string => join(folder, `heads-${++files}`)

const raw = (text: string): Uint8Array => fromBase64url(text) ?? new Uint8Array()
const keyOf = (options: Bench): ReturnType<typeof logKeyOf> =>
  logKeyOf(sha256, 'main', raw(options.signer.publicKey))

function keeperOf(disk: Disk, options: Bench, tiles: TileStore, file: string): HeadKeeper {
  return new HeadKeeper({ disk, tiles, heads: new NoteFile(file), key: keyOf(options) })
}

function sign(keeper: HeadKeeper, ledger: SegmentLog, options: Bench): string {
  const chain = Buffer.from(ledger.head.hash, 'hex')
  const stated = keeper.state(ledger.durable, { chain, at: 5 })
  assert.ok(stated.ok, JSON.stringify(stated))
  return keeper.keep(raw(options.signer.sign(textBytes(stated.value))))
}

function rootOf(disk: Disk): Uint8Array {
  const frontier = new Frontier(sha256)
  const records = new LedgerReader(disk).range(1, 1_000_000)
  assert.ok(records.ok)
  for (const { bytes } of records.value) frontier.push(leafHash(sha256, bytes))
  return frontier.root()
}

test('every head is the tree of the records, continues the one before, and survives restarts of either half', async () => {
  const options = bench(16_384)
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  const tiles = memoryTiles()
  const file = newFile()
  let keeper = keeperOf(disk, options, tiles, file)
  let before: { size: number; root: Uint8Array } | null = null
  for (let round = 0; round < 24; round++) {
    await fill(ledger, options, [1 + ((round * 7) % 40), 3])
    if (round % 5 === 4) keeper = keeperOf(disk, options, tiles, file)
    if (round === 12) tiles.files.clear()
    if (round === 12) keeper = keeperOf(disk, options, tiles, file)
    const head = readLedgerNote(sign(keeper, ledger, options), keyOf(options))
    assert.ok(head.ok && head.value.size === ledger.durable)
    assert.deepEqual(Buffer.from(head.value.root), Buffer.from(rootOf(disk)))
    assert.equal(Buffer.from(head.value.chain).toString('hex'), ledger.head.hash)
    if (before !== null) {
      const proof = consistencyProof(
        sha256,
        new TileNodes(sha256, tiles, ledger.durable),
        before.size,
        ledger.durable,
      )
      assert.equal(isConsistent(sha256, before, head.value, proof ?? []), true)
    }
    before = head.value
  }
  assert.equal(readNotes(file).length, 24)
  assert.equal(Buffer.from(tiles.read('checkpoint') ?? []).toString(), readNotes(file).at(-1))
  ledger.close()
})

test('a ledger that was rolled back or rewritten below what was signed is signed no more', async () => {
  const options = bench(16_384)
  const [disk, earlier] = [memoryDisk(), memoryDisk()]
  const file = newFile()
  const tiles = memoryTiles()
  const { ledger } = await mustOpen(disk, options)
  const { ledger: other } = await mustOpen(earlier, options)
  await fill(other, options, [3])
  await fill(ledger, options, [3, 4])
  sign(keeperOf(disk, options, tiles, file), ledger, options)
  const chain = Buffer.from(other.head.hash, 'hex')
  const rolledBack = keeperOf(earlier, options, tiles, file).state(other.durable, { chain, at: 6 })
  assert.match(rolledBack.ok ? '' : rolledBack.error, /rolled back/)
  await fill(other, options, [2, 6])
  const at = { chain: Buffer.from(other.head.hash, 'hex'), at: 7 }
  for (const kept of [tiles, memoryTiles()]) {
    const rewritten = keeperOf(earlier, options, kept, file).state(other.durable, at)
    assert.match(rewritten.ok ? '' : rewritten.error, /rewritten/)
  }
  const wrongChain = keeperOf(disk, options, memoryTiles(), newFile()).state(ledger.durable, at)
  assert.match(wrongChain.ok ? '' : wrongChain.error, /do not hold the history/)
  const missing = keeperOf(disk, options, memoryTiles(), newFile()).state(ledger.durable + 9, at)
  assert.match(missing.ok ? '' : missing.error, /is not in the segments/)
})

test('a head that was cut off by a crash is left out, and old heads are thinned out and stay in order', () => {
  const file = newFile()
  const notes = new NoteFile(file)
  notes.append('first\n')
  appendFileSync(file, '"second')
  assert.deepEqual(readNotes(file), ['first\n'])
  const again = new NoteFile(file)
  again.append('third\n')
  assert.deepEqual(readNotes(file), ['first\n', 'third\n'])
  const many = newFile()
  const lines = Array.from(
    { length: noteFileLimits.notes },
    (_, index) => `${JSON.stringify(`note ${index}`)}\n`,
  )
  appendFileSync(many, lines.join(''))
  const full = new NoteFile(many)
  full.append('last')
  const kept = readNotes(many)
  assert.ok(kept.length > noteFileLimits.newest && kept.length < noteFileLimits.notes / 2 + 2)
  assert.equal(kept[0], 'note 0')
  assert.equal(kept.at(-1), 'last')
  assert.equal(full.newest, 'last')
  assert.deepEqual(
    kept.slice(-noteFileLimits.newest, -1),
    lines.slice(1 - noteFileLimits.newest).map((line) => JSON.parse(line)),
  )
})
