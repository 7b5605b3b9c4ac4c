/**
 * Cuts every write of a small ledger's life, its recovery included, at every place it can be cut, and opens
 * what is left: nothing acknowledged may be missing, and no cut may be mistaken for damage.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { append, bench, checkpoint, fill, mustOpen } from './ledger-contract.ts'
import type { MemoryDisk } from './memory-disk.ts'
import { memoryDisk } from './memory-disk.ts'
import type { Disk } from './port.ts'
import { sampleBatch } from './sample-events.ts'
import { verifyLedger } from './verify.ts'

type Files = Map<string, Uint8Array>

/** One write or creation, with the files as they were before it. */
interface Operation {
  readonly before: Files
  readonly file: string
  readonly offset: number
  /** What was written, or null for a creation of `length` zeros. */
  readonly bytes: Uint8Array | null
  readonly length: number
}

const copyOf = (files: Files): Files => new Map([...files].map(([name, bytes]) => [name, bytes.slice()]))

function recording(disk: MemoryDisk, operations: Operation[]): Disk {
  const watched = <T extends ReturnType<Disk['open']>>(file: T): T =>
    file && {
      ...file,
      length: file.length,
      write(offset, bytes, done) {
        const before = copyOf(disk.files)
        operations.push({
          before,
          file: file.name,
          offset,
          bytes: new Uint8Array(bytes),
          length: bytes.length,
        })
        file.write(offset, bytes, done)
      },
    }
  return {
    list: () => disk.list(),
    open: (name) => watched(disk.open(name)),
    create(name, length, done) {
      operations.push({ before: copyOf(disk.files), file: name, offset: 0, bytes: null, length })
      disk.create(name, length, (result) => done('code' in result ? result : watched(result)))
    },
  }
}

/** Every state the files can be in when the operation is cut: any prefix, any subset of its sectors. */
function* cuts(operation: Operation): Generator<Files> {
  yield copyOf(operation.before)
  if (operation.bytes === null) {
    const files = copyOf(operation.before)
    yield files.set(operation.file, new Uint8Array(operation.length))
    return
  }
  const { bytes, offset } = operation
  const state = (parts: readonly (readonly [number, number])[]): Files => {
    const files = copyOf(operation.before)
    for (const [from, to] of parts) files.get(operation.file)?.set(bytes.subarray(from, to), offset + from)
    return files
  }
  for (let length = 1; length <= bytes.length; length += length < 96 || bytes.length - length < 96 ? 1 : 13) {
    yield state([[0, length]])
  }
  const sectors = Math.ceil(bytes.length / 512)
  for (let subset = 1; subset < 1 << Math.min(sectors, 6); subset++) {
    const parts: (readonly [number, number])[] = []
    for (let sector = 0; sector < sectors; sector++) {
      const isKept = (subset >> (sector % 6)) & 1
      if (isKept === 1) parts.push([sector * 512, Math.min(bytes.length, sector * 512 + 512)])
    }
    yield state(parts)
  }
}

test('a write cut anywhere loses nothing acknowledged and is never taken for damage', async () => {
  const options = bench(4096)
  const operations: Operation[] = []
  const acknowledged: number[] = []
  const { ledger } = await mustOpen(recording(memoryDisk(), operations), options)
  const mark = (): void => {
    while (acknowledged.length < operations.length) acknowledged.push(ledger.durable)
  }
  mark()
  for (const size of [1, 2, 3, 1, 4, 2]) {
    const pending = append(
      ledger,
      sampleBatch(ledger.durable + 1, size, options.vault, options.signer.publicKey),
    )
    mark()
    assert.equal(await pending, null)
    mark()
    if (size === 3) assert.equal(await checkpoint(ledger, size), null)
    mark()
  }
  let states = 0
  for (const [index, operation] of operations.entries()) {
    const least = acknowledged[index] ?? 0
    for (const files of cuts(operation)) {
      states++
      const where = `${operation.file}@${operation.offset} state ${states}`
      const opened = await mustOpen(memoryDisk(files), options)
      assert.ok(opened.head.seq >= least, `${where}: ${opened.head.seq} of ${least}`)
      assert.equal(opened.records.length, opened.head.seq, where)
      opened.ledger.close()
      assert.deepEqual(verifyLedger(memoryDisk(files)).problems, [], where)
    }
  }
  assert.ok(states > 1500, `${states} states`)
})

test('a recovery that is itself cut anywhere is taken up again', async () => {
  const options = bench(8192)
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  await fill(ledger, options, [2, 2])
  const operations: Operation[] = []
  const watched = await mustOpen(recording(memoryDisk(copyOf(disk.files)), operations), options)
  operations.length = 0
  await fill(watched.ledger, options, [6])
  const last = operations.find((operation) => operation.bytes !== null)
  assert.ok(last !== undefined && last.bytes !== null && last.bytes.length >= 2048)
  const torn = copyOf(last.before)
  torn.get(last.file)?.set(last.bytes.subarray(0, 1300), last.offset)
  const recovery: Operation[] = []
  await mustOpen(recording(memoryDisk(torn), recovery), options)
  for (const operation of recovery) {
    for (const files of cuts(operation)) {
      const { head } = await mustOpen(memoryDisk(files), options)
      assert.equal(head.seq, 4)
      assert.deepEqual(verifyLedger(memoryDisk(files)).problems, [])
    }
  }
})

test('an unfinished write is set aside byte for byte, and the ledger goes on', async () => {
  const options = bench(8192)
  const disk = memoryDisk()
  const { ledger, head } = await mustOpen(disk, options)
  await fill(ledger, options, [3])
  const before = disk.files.get('00000001.seg')?.slice() ?? new Uint8Array()
  await fill(ledger, options, [5])
  const after = disk.files.get('00000001.seg') ?? new Uint8Array()
  const end = 512 + (Buffer.from(before.buffer).readUInt32LE(512 + 4) || 0)
  after.fill(0, end + 700)
  const written = after.slice(end, end + 700)
  const again = await mustOpen(disk, options)
  assert.equal(head.seq, 0)
  assert.equal(again.head.seq, 3)
  assert.equal(again.setAside?.firstSeq, 4)
  const aside = disk.files.get(again.setAside?.file ?? '')
  assert.deepEqual(aside?.subarray(0, again.setAside?.bytes), written.subarray(0, again.setAside?.bytes))
  assert.deepEqual(disk.files.get('00000001.seg'), before)
  await fill(again.ledger, options, [5])
  assert.deepEqual(verifyLedger(disk).problems, [])
})
