import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exportLine, exportLines } from './export.ts'
import { follow } from './follow.ts'
import { append, bench, fill, mustOpen } from './ledger-contract.ts'
import type { MemoryDisk } from './memory-disk.ts'
import { memoryDisk } from './memory-disk.ts'
import { presentView } from './present-view.ts'
import type { ReadableDisk } from './readable-disk.ts'
import { LedgerReader } from './reader.ts'
import { sampleBatch } from './sample-events.ts'
import { verifyLedger, verifyPresent } from './verify.ts'

const options = bench(8192)

function flip(bytes: Uint8Array, at: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ 1
}

async function sample(): Promise<MemoryDisk> {
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  await fill(ledger, options, [3, 5, 2, 6, 4, 7, 3])
  ledger.close()
  return disk
}

test('following yields every batch once and goes on as the ledger grows, until it is aborted', async () => {
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  await fill(ledger, options, [2, 2])
  const stop = new AbortController()
  const seen: number[] = []
  const following = (async () => {
    for await (const batch of follow(new LedgerReader(disk), 3, { pollMs: 1, signal: stop.signal })) {
      assert.ok(batch.ok)
      seen.push(...batch.value.records.map((record) => record.event.seq))
      if (seen.includes(9)) stop.abort()
    }
  })()
  for (const size of [1, 3, 1]) {
    const events = sampleBatch(ledger.durable + 1, size, options.vault, options.signer.publicKey)
    assert.equal(await append(ledger, events), null)
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
  await following
  assert.deepEqual(seen, [3, 4, 5, 6, 7, 8, 9])
})

test('what is looked up is read once, and what is given out of it is a view of the bytes that were read', async () => {
  const disk = await sample()
  const read: Uint8Array[] = []
  const counting: ReadableDisk = {
    list: () => disk.list(),
    open(name) {
      const file = disk.open(name)
      if (file === null) return null
      return {
        ...file,
        read(offset, length) {
          const bytes = file.read(offset, length)
          if (offset >= 512 && length > 64) read.push(bytes)
          return bytes
        },
      }
    },
  }
  const record = new LedgerReader(counting).at(5)
  assert.ok(record.ok && record.value !== null)
  assert.equal(read.length, 2, 'the batches of events 1 to 3 and 4 to 8')
  assert.equal(record.value.bytes.buffer, read[1]?.buffer)
})

test('a reader takes an unfinished end for the end, and the same bytes in the middle for damage', async () => {
  const disk = await sample()
  const names = [...disk.files.keys()].filter((name) => name.endsWith('.seg')).sort()
  const middle = disk.files.get(names[0] ?? '') as Uint8Array
  const whole = new LedgerReader(disk).range(1, 1000)
  assert.ok(whole.ok && whole.value.length === 30)
  flip(middle, 700)
  const damaged = new LedgerReader(disk).range(1, 1000)
  assert.ok(!damaged.ok && damaged.error.code === 'damaged' && damaged.error.offset === 512)
  flip(middle, 700)
  const last = names.findLast((name) => disk.files.get(name)?.some((byte) => byte !== 0)) ?? ''
  const end = disk.files.get(last) as Uint8Array
  const extent = end.findLastIndex((byte) => byte !== 0)
  flip(end, extent)
  const cut = new LedgerReader(disk).range(1, 1000)
  assert.ok(cut.ok && cut.value.length < 30 && cut.value.length > 0)
})

test('a ledger that is being written to verifies through its present view', async () => {
  const disk = await sample()
  const { ledger } = await mustOpen(disk, options)
  const view = presentView(disk)
  await fill(ledger, options, [8, 8, 8, 8])
  const { events } = verifyLedger(view)
  assert.ok(events >= 30 && events < 62, `${events} events`)
  assert.deepEqual(verifyLedger(view).problems, [])
  assert.equal(verifyLedger(presentView(disk)).events, 62)
  const spare =
    [...disk.files.keys()]
      .filter((name) => name.endsWith('.seg'))
      .sort()
      .at(-1) ?? ''
  flip(disk.files.get(spare) as Uint8Array, 5000)
  assert.equal(verifyLedger(presentView(disk)).problems[0]?.file, spare)
})

test('a write caught in the middle is looked at again, and a real unfinished end stays one', async () => {
  const disk = await sample()
  const begun = [...disk.files].filter(([name, bytes]) => name.endsWith('.seg') && bytes[0] !== 0)
  const last = begun.sort(([a], [b]) => (a < b ? -1 : 1)).at(-1)?.[1] as Uint8Array
  const whole = new Uint8Array(last)
  const cut = last.findLastIndex((byte) => byte !== 0) - 100
  last.fill(0, cut)
  assert.equal(verifyLedger(disk).problems[0]?.code, 'unfinished')
  let looks = 0
  const settling: ReadableDisk = {
    list: () => disk.list(),
    open(name) {
      if (name === '00000001.seg' && ++looks === 2) last.set(whole)
      return disk.open(name)
    },
  }
  assert.deepEqual(verifyPresent(settling).problems, [])
  last.fill(0, cut)
  assert.deepEqual(
    verifyPresent(disk).problems.map((found) => found.code),
    ['unfinished'],
  )
})

test('an export has one canonical line per event, with plaintext only for who has the vault', async () => {
  const disk = await sample()
  const records = new LedgerReader(disk).range(1, 1000)
  assert.ok(records.ok)
  const lines = [...exportLines('main', records.value)]
  assert.equal(lines.length, 30)
  const third = JSON.parse(lines[2] ?? '') as Record<string, unknown>
  assert.deepEqual(Object.keys(third), Object.keys(third).toSorted())
  assert.equal(third['domain'], 'main')
  assert.deepEqual(Object.keys(third['payload'] as object), ['commitment', 'length'])
  const record = records.value[2]
  assert.ok(record !== undefined)
  const open = JSON.parse(exportLine('main', record, options)) as { payload: { bytes: string } }
  assert.match(Buffer.from(open.payload.bytes, 'base64').toString(), /^argument 3 /)
})
