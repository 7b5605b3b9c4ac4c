import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../kernel/event.ts'
import { append, bench, mustOpen } from '../ledger-contract.ts'
import type { MemoryDisk } from '../memory-disk.ts'
import { memoryDisk } from '../memory-disk.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import { SampleHistory, sampleNumbers } from '../../../test/harness/sample-history.ts'
import { IndexBuilder } from './build-index.ts'
import { EarlierProcess } from './earlier-process.ts'
import type { SegmentFacts } from './segment-facts.ts'
import { readFacts } from './segment-facts.ts'
import type { EventQuery } from './ledger-index.ts'
import { LedgerIndex } from './ledger-index.ts'

const megabyte = 1024 * 1024

/** A ledger of some segments, with batches and records that are longer than what is read at once. */
async function longBatches(written: (disk: MemoryDisk) => void = () => undefined): Promise<MemoryDisk> {
  const options = bench(megabyte)
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  const history = new SampleHistory(options.vault, options.signer.publicKey, 3)
  const pick = sampleNumbers(9)
  for (let round = 0; round < 60; round++) {
    const events = [...history.batch(round % 15 === 7 ? 900 : 1 + pick(40))]
    const last = events.at(-1)
    if (round % 15 === 11 && last !== undefined) events[events.length - 1] = long(last, history)
    assert.equal(await append(ledger, events), null)
    written(disk)
  }
  ledger.close()
  return disk
}

function long({ seq, at }: Event, history: SampleHistory): Event {
  history.owners.delete(seq)
  const body = { operator: 1, action: 'x', code: 'not-found', message: 'x'.repeat(400_000) }
  const actor = { kind: 'kernel', id: 0 }
  return { seq, at, kind: 'order.refused', actor, cause: 0, authority: null, payload: null, body } as never
}

function factsOf(disk: ReadableDisk): readonly SegmentFacts[] {
  const found: SegmentFacts[] = []
  for (let facts = readFacts(disk, 1); facts !== null; facts = readFacts(disk, facts.ordinal + 1))
    found.push(facts)
  return found
}

/** Reads only as files are read: some of it at a time, into memory that is used again. */
function likeFiles(disk: MemoryDisk): ReadableDisk {
  return {
    list: () => disk.list(),
    open(name) {
      const bytes = disk.files.get(name)
      const file = disk.open(name)
      if (bytes === undefined || file === null) return null
      const readInto = (target: Uint8Array, offset: number): number => {
        const part = bytes.subarray(offset, offset + target.length)
        target.set(part)
        return part.length
      }
      return { ...file, readInto }
    },
  }
}

function builderOf(disk: ReadableDisk): IndexBuilder {
  const facts = factsOf(disk)
  const earlier = new EarlierProcess(disk, () => facts)
  return new IndexBuilder(disk, (seq) => earlier.of(seq))
}

function built(builder: IndexBuilder, facts: readonly SegmentFacts[], index: number): Buffer {
  const [segment, next] = [facts[index], facts[index + 1]]
  assert.ok(segment !== undefined && next !== undefined)
  const file = builder.build(segment, next)
  if (!file.ok) assert.fail(file.error.message)
  return Buffer.from(file.value)
}

test('an index is the same bytes however long batches and records are, and whatever was built before in the same memory', async () => {
  const disk = await longBatches()
  const facts = factsOf(disk)
  assert.ok(facts.length > 3)
  const order = [...facts.keys()].slice(0, -1)
  const alone = order.map((index) => built(builderOf(disk), facts, index))
  const again = builderOf(likeFiles(disk))
  for (const index of [...order, ...order.toReversed(), ...order])
    assert.ok(built(again, facts, index).equals(alone[index] ?? Buffer.alloc(0)), `segment ${index + 1}`)
})

test('what is found in a segment that is being filled is found in it once it is sealed, also with long batches', async () => {
  const asked: { readonly query: EventQuery; readonly found: readonly number[] }[] = []
  let following: LedgerIndex | null = null
  const disk = await longBatches((now) => {
    const index = (following ??= new LedgerIndex(likeFiles(now)))
    assert.ok(index.refresh().ok)
    for (const query of [{ process: 5 + (asked.length % 20) }, { operator: 2 }, { capability: 77 }])
      asked.push({ query: { ...query, before: index.end + 1 }, found: newest(index, query) })
  })
  const index = new LedgerIndex(likeFiles(disk))
  assert.ok(index.refresh().ok)
  for (const { query, found } of asked) assert.deepEqual(newest(index, query), found, JSON.stringify(query))
  assert.ok(asked.some(({ found }) => found.length > 300))
})

function newest(index: LedgerIndex, query: EventQuery): readonly number[] {
  const found = index.newest(query, 100_000)
  return found.ok ? found.value : assert.fail(found.error.message)
}

test('a batch that claims more than it can hold, or an impossible time, is damage and nothing is built', async () => {
  const disk = await longBatches()
  const facts = factsOf(disk)
  const [segment, next] = [facts[1], facts[2]]
  const bytes = disk.files.get('00000002.seg')
  assert.ok(segment !== undefined && next !== undefined && bytes !== undefined)
  const builder = builderOf(disk)
  for (const [at, value] of [
    [512 + 12, 0xffff_ffff],
    [512 + 12, 0],
    [512 + 20, 1],
    [512 + 64, 40],
    [512 + 64, 0xffff_fff8],
    [512 + 64 + 20, 0xffff_ffff],
    [512 + 64 + 36, 1],
  ] as const) {
    const view = new DataView(bytes.buffer, bytes.byteOffset)
    const before = view.getUint32(at, true)
    view.setUint32(at, value, true)
    const file = builder.build(segment, next)
    assert.ok(!file.ok && file.error.code === 'damaged' && file.error.file === '00000002.seg', `${at}`)
    view.setUint32(at, before, true)
  }
  assert.ok(builder.build(segment, next).ok)
})
