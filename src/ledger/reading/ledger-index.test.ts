import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Event } from '../../kernel/event.ts'
import { append, bench, mustOpen } from '../ledger-contract.ts'
import type { MemoryDisk } from '../memory-disk.ts'
import { memoryDisk } from '../memory-disk.ts'
import { ArchiveAway } from '../keeping/keeping-problem.ts'
import type { ReadableDisk } from '../readable-disk.ts'
import type { SegmentLog } from '../segment-log.ts'
import { folderIndexes, memoryIndexes } from './index-store.ts'
import type { IndexStore } from './index-store.ts'
import type { EventQuery } from './ledger-index.ts'
import { LedgerIndex } from './ledger-index.ts'
import { SampleHistory, sampleNumbers } from '../../../test/harness/sample-history.ts'

const options = bench(65_536)

interface Setting {
  readonly disk: MemoryDisk
  readonly ledger: SegmentLog
  readonly history: SampleHistory
}

async function setting(seed: number, count: number): Promise<Setting> {
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  const history = new SampleHistory(options.vault, options.signer.publicKey, seed)
  const it = { disk, ledger, history }
  await write(it, count, sampleNumbers(seed))
  return it
}

async function write(
  { ledger, history }: Setting,
  count: number,
  pick: (bound: number) => number,
): Promise<void> {
  const until = history.events.length + count
  while (history.events.length < until)
    assert.equal(
      await append(ledger, history.batch(Math.min(1 + pick(9), until - history.events.length))),
      null,
    )
}

function expected({ events, owners }: SampleHistory, query: EventQuery, limit: number): readonly number[] {
  const named = (event: Event, name: string): unknown =>
    (event.body as unknown as { [name: string]: unknown })[name]
  const holds = (event: Event): boolean => {
    const { process, capability, operator, kind, from = 1, before = Infinity } = query
    const { actor } = event
    const isCall = owners.has(event.seq)
    const processes = isCall
      ? [owners.get(event.seq)]
      : [actor.kind === 'process' ? actor.id : 0, named(event, 'process') ?? named(event, 'holder')]
    return (
      event.seq >= from &&
      event.seq < before &&
      (process === undefined || processes.includes(process)) &&
      (capability === undefined ||
        event.authority?.capability === capability ||
        (!isCall && named(event, 'capability') === capability)) &&
      (operator === undefined ||
        (actor.kind === 'operator' && actor.id === operator) ||
        named(event, 'operator') === operator) &&
      (kind === undefined || event.kind === kind)
    )
  }
  return events
    .filter(holds)
    .map(({ seq }): number => seq)
    .toReversed()
    .slice(0, limit)
}

function queries(pick: (bound: number) => number, end: number): readonly EventQuery[] {
  const kinds = [
    'call.admitted',
    'call.settled',
    'process.killed',
    'capability.moved',
    'order.refused',
    'timer.set',
  ] as const
  const some = (): EventQuery => ({
    ...(pick(2) === 0 ? { process: 4 + pick(23) } : {}),
    ...(pick(3) === 0 ? { capability: 39 + pick(62) } : {}),
    ...(pick(3) === 0 ? { kind: kinds[pick(kinds.length)] ?? 'timer.set' } : {}),
    ...(pick(6) === 0 ? { operator: pick(5) } : {}),
    ...(pick(4) === 0 ? { from: 1 + pick(end + 5) } : {}),
    ...(pick(4) === 0 ? { before: 1 + pick(end + 5) } : {}),
  })
  return Array.from({ length: 120 }, some)
}

function check(index: LedgerIndex, history: SampleHistory, pick: (bound: number) => number): void {
  const refreshed = index.refresh()
  assert.ok(refreshed.ok, JSON.stringify(refreshed))
  assert.equal(index.end, history.events.length)
  for (const query of queries(pick, history.events.length)) {
    const limit = 1 + pick(200)
    const found = index.newest(query, limit)
    assert.ok(found.ok, JSON.stringify(found))
    assert.deepEqual(found.value, expected(history, query, limit), JSON.stringify(query))
  }
}

test('whatever is asked, an index finds what a look at every event finds, and goes on finding it as the ledger grows', async () => {
  for (const seed of [1, 2, 3]) {
    const it = await setting(seed, 400)
    const pick = sampleNumbers(seed + 100)
    const index = new LedgerIndex(it.disk)
    for (let round = 0; round < 6; round++) {
      check(index, it.history, pick)
      await write(it, 50 + pick(900), pick)
    }
    check(new LedgerIndex(it.disk), it.history, pick)
    assert.ok(it.disk.files.size > 10, 'the history goes over many segments')
    it.ledger.close()
  }
})

test('an event is read by its position, and an instant is found in the order of events', async () => {
  const it = await setting(7, 1500)
  const index = new LedgerIndex(it.disk)
  assert.ok(index.refresh().ok)
  for (const event of it.history.events.filter(({ seq }) => seq % 7 === 0)) {
    const record = index.at(event.seq)
    assert.ok(record.ok && record.value?.event.kind === event.kind && record.value.event.at === event.at)
  }
  assert.deepEqual(index.at(1501), { ok: true, value: null })
  const { events } = it.history
  for (const at of [
    0,
    events[0]?.at ?? 0,
    ...events.filter(({ seq }) => seq % 13 === 0).flatMap(({ at: then }) => [then - 1, then, then + 1]),
  ]) {
    const first = events.find((event) => event.at >= at)?.seq ?? 1501
    assert.deepEqual(index.firstNotBefore(at), { ok: true, value: first })
  }
  it.ledger.close()
})

function withFolder(body: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'custos-index-'))
  try {
    body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a damaged index file is never believed, whatever byte of it is wrong: it is built anew', async () => {
  const it = await setting(5, 1200)
  withFolder((folder) => {
    const pick = sampleNumbers(99)
    check(new LedgerIndex(it.disk, folderIndexes(folder)), it.history, pick)
    const name = '00000002.idx'
    const whole = readFileSync(join(folder, name))
    for (let round = 0; round < 60; round++) {
      const bytes = Buffer.from(whole)
      const at = pick(bytes.length)
      bytes[at] = (bytes[at] ?? 0) ^ (1 << pick(8))
      writeFileSync(join(folder, name), bytes)
      check(new LedgerIndex(it.disk, folderIndexes(folder)), it.history, pick)
      const after = readFileSync(join(folder, name))
      assert.ok(
        after.equals(whole) || after.equals(bytes),
        'it was built anew, or the wrong byte was never needed',
      )
    }
    for (const bytes of [
      whole.subarray(0, 100),
      whole.subarray(0, whole.length - 4096),
      Buffer.alloc(0),
      // What a crash may leave of a file that was never flushed: its length, and of its bytes some or none.
      Buffer.alloc(whole.length),
      Buffer.concat([whole.subarray(0, 4096), Buffer.alloc(whole.length - 4096)]),
      Buffer.concat([Buffer.alloc(4096), whole.subarray(4096)]),
      readFileSync(join(folder, '00000001.idx')),
    ]) {
      writeFileSync(join(folder, name), bytes)
      check(new LedgerIndex(it.disk, folderIndexes(folder)), it.history, pick)
      assert.ok(readFileSync(join(folder, name)).equals(whole))
    }
  })
  it.ledger.close()
})

test('an index of another history of the same length is not of this ledger', async () => {
  const [one, other] = [await setting(11, 900), await setting(12, 900)]
  const store = memoryIndexes(1000)
  check(new LedgerIndex(one.disk, store), one.history, sampleNumbers(1))
  check(new LedgerIndex(other.disk, store), other.history, sampleNumbers(1))
  one.ledger.close()
  other.ledger.close()
})

test('deleted index files, and a folder that cannot be written to, cost time and nothing else', async () => {
  const it = await setting(21, 900)
  const pick = sampleNumbers(4)
  const nowhere: IndexStore = { open: () => null, write: () => false }
  check(new LedgerIndex(it.disk, nowhere), it.history, pick)
  withFolder((folder) => {
    const index = new LedgerIndex(it.disk, folderIndexes(folder))
    check(index, it.history, pick)
    for (const name of readdirSync(folder)) rmSync(join(folder, name))
    check(index, it.history, pick)
    check(new LedgerIndex(it.disk, folderIndexes(folder)), it.history, pick)
  })
  it.ledger.close()
})

test('an index that followed a segment to its end writes the very bytes that one pass over it builds', async () => {
  const it = await setting(31, 20)
  const [followed, later] = [new Map<string, Uint8Array>(), new Map<string, Uint8Array>()]
  const into = (files: Map<string, Uint8Array>): IndexStore => {
    const memory = memoryIndexes(1000)
    return {
      open: (name) => memory.open(name),
      write: (name, bytes) => {
        files.set(name, Uint8Array.from(bytes))
        return memory.write(name, bytes)
      },
    }
  }
  const index = new LedgerIndex(it.disk, into(followed))
  const pick = sampleNumbers(8)
  for (let round = 0; round < 60; round++) {
    assert.ok(index.refresh().ok)
    await write(it, 15, pick)
  }
  check(index, it.history, pick)
  check(new LedgerIndex(it.disk, into(later)), it.history, pick)
  assert.ok(later.size > 3)
  for (const [name, bytes] of later) assert.deepEqual(followed.get(name), bytes, name)
  it.ledger.close()
})

/** Where the first record of that kind is that begins a batch. */
function placeOf(segment: Buffer, code: number): number {
  for (let at = 512; segment.readUInt32LE(at + 4) > 0; at += segment.readUInt32LE(at + 4))
    if (segment.readUInt16LE(at + 64 + 4) === code) return at + 64
  return assert.fail('no batch of that segment begins with such an event')
}

test('where a segment is damaged, what was looked for in it is a problem and not a wrong answer', async () => {
  const it = await setting(41, 900)
  const bytes = Buffer.from(it.disk.files.get('00000002.seg')?.buffer ?? new ArrayBuffer(0))
  // A byte that no index is made of: of the commitment of an admitted call.
  const at = placeOf(bytes, 19)
  bytes[at + 80] = (bytes[at + 80] ?? 0) ^ 1
  const index = new LedgerIndex(it.disk)
  assert.ok(index.refresh().ok)
  const first = index.newest({}, 900)
  assert.ok(first.ok && first.value.length === 900, 'nothing needed the damaged byte')
  const facts = first.value.map((seq) => index.at(seq)).filter((record) => !record.ok)
  assert.ok(facts.length > 0 && facts.every((record) => !record.ok && record.error.file === '00000002.seg'))
  bytes.fill(0, 512, 1024)
  const other = new LedgerIndex(it.disk)
  assert.ok(other.refresh().ok)
  const found = other.newest({ kind: 'timer.set' }, 10)
  assert.ok(!found.ok && found.error.code === 'damaged')
  it.ledger.close()
})

test('where old segments are archived and away, what does not need them is answered, and what does says so', async () => {
  const it = await setting(51, 900)
  const away: ReadableDisk = {
    list: () => it.disk.list(),
    open: (name) => {
      if (name === '00000001.seg' || name === '00000002.seg') throw new ArchiveAway('bring it back')
      return it.disk.open(name)
    },
  }
  const index = new LedgerIndex(away)
  assert.ok(index.refresh().ok)
  const newest = index.newest({}, 5)
  assert.deepEqual(newest, { ok: true, value: [900, 899, 898, 897, 896] })
  assert.ok(index.at(900).ok)
  assert.throws(() => index.at(1), ArchiveAway)
  assert.throws(() => index.newest({ kind: 'timer.set' }, 5), ArchiveAway)
  const first = index.newest({ from: 850 }, 900)
  assert.ok(first.ok && first.value.length === 51)
  it.ledger.close()
})
