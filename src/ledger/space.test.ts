/** What the log says, and does, when its disk has no more room or fails. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BlobStore } from './blobs.ts'
import { append, bench, checkpoint, fill, mustOpen } from './ledger-contract.ts'
import { memoryDisk } from './memory-disk.ts'
import type { Disk } from './port.ts'
import { sampleBatch } from './sample-events.ts'
import { verifyLedger } from './verify.ts'

const options = { ...bench(16_384), reserveBytes: 8192 }
const next = (seq: number, count: number): ReturnType<typeof sampleBatch> =>
  sampleBatch(seq, count, options.vault, options.signer.publicKey)

test('room goes from ample to reserved to none as a full disk fills, and comes back with space', async () => {
  const files = new Map<string, Uint8Array>()
  const { ledger } = await mustOpen(memoryDisk(files, 33_000 + 16_384), options)
  assert.equal(ledger.room(), 'ample')
  const seen: string[] = []
  while (ledger.room() !== 'none') {
    if (seen.at(-1) !== ledger.room()) seen.push(ledger.room())
    assert.equal(await append(ledger, next(ledger.durable + 1, 1)), null)
  }
  assert.deepEqual(seen, ['ample', 'reserved'])
  const acknowledged = ledger.durable
  ledger.close()
  const roomier = await mustOpen(memoryDisk(files), options)
  await fill(roomier.ledger, options, [5])
  assert.equal(roomier.ledger.durable, acknowledged + 5)
  assert.deepEqual(verifyLedger(memoryDisk(files)).problems, [])
})

test('a log without a spare segment tries again at each checkpoint', async () => {
  const files = new Map<string, Uint8Array>()
  let isFull = true
  const inner = memoryDisk(files)
  const disk: Disk = {
    ...inner,
    create(name, length, done) {
      if (isFull && name !== 'checkpoints' && name !== '00000001.seg') {
        queueMicrotask(() => done({ code: 'no-space', message: 'full' }))
      } else inner.create(name, length, done)
    },
  }
  const { ledger } = await mustOpen(disk, options)
  while (ledger.room() === 'ample') await fill(ledger, options, [1])
  assert.equal(ledger.room(), 'reserved')
  isFull = false
  assert.equal(await checkpoint(ledger, 1), null)
  assert.equal(ledger.room(), 'ample')
})

test('what is decided and what must follow count as written when there is no spare segment', async () => {
  const { ledger } = await mustOpen(memoryDisk(new Map(), 33_000 + 16_384), options)
  await fill(ledger, options, [1])
  assert.equal(ledger.room(), 'ample', 'a segment less one batch')
  assert.equal(ledger.room(0, 8192), 'reserved', 'what is promised would leave less than the reserve')
  assert.equal(ledger.room(8192), 'reserved')
  assert.equal(ledger.room(16_384), 'none', 'what is decided fills it')
})

test('a batch that no segment can take fails, poisons the log, and loses nothing that was acknowledged', async () => {
  const files = new Map<string, Uint8Array>()
  const { ledger } = await mustOpen(memoryDisk(files, 33_000 + 16_384), options)
  let failure = null
  let acknowledged = 0
  while (failure === null) {
    acknowledged = ledger.durable
    failure = await append(ledger, next(ledger.durable + 1, 3))
  }
  assert.equal(failure.code, 'no-space')
  assert.equal(ledger.room(), 'none')
  assert.deepEqual(await append(ledger, next(ledger.durable + 1, 1)), failure)
  assert.deepEqual(await checkpoint(ledger, 1), failure)
  ledger.close()
  const again = await mustOpen(memoryDisk(files), options)
  assert.equal(again.head.seq, acknowledged)
})

test('a blob that cannot be stored fails the append before anything of it is written', async () => {
  const failing: BlobStore = {
    get: () => null,
    put: (_digest, _sealed, done) => queueMicrotask(() => done({ code: 'io', message: 'no' })),
  }
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, { ...options, blobs: failing })
  await fill(ledger, options, [10, 10, 10])
  const before = disk.files.get('00000001.seg')?.slice()
  const failure = await append(ledger, next(31, 8))
  assert.equal(failure?.code, 'io')
  assert.deepEqual(disk.files.get('00000001.seg'), before)
})

test('appending out of order, twice at once or too much at once is a fault', async () => {
  const { ledger } = await mustOpen(memoryDisk(), options)
  assert.throws(() => ledger.append(next(2, 1), () => undefined), /does not follow/)
  assert.throws(() => ledger.append([], () => undefined), /at least one/)
  const pending = append(ledger, next(1, 1))
  assert.throws(() => ledger.append(next(2, 1), () => undefined), /one append at a time/)
  assert.equal(await pending, null)
  assert.throws(() => ledger.append(next(2, 60), () => undefined), /larger than a segment/)
})

test('whoever asks while a segment is being prepared is told when it is known whether there is one', async () => {
  const prepared: (() => void)[] = []
  const inner = memoryDisk(new Map())
  const disk: Disk = {
    ...inner,
    create(name, length, done) {
      if (name !== '00000002.seg') inner.create(name, length, done)
      else prepared.push(() => inner.create(name, length, done))
    },
  }
  const { ledger } = await mustOpen(disk, options)
  await fill(ledger, options, [1])
  assert.equal(ledger.isMakingRoom, true)
  assert.equal(ledger.room(16_384), 'none')
  const known = new Promise<void>((resolve) => ledger.whenRoomIsKnown(resolve))
  for (const prepare of prepared) prepare()
  await known
  assert.equal(ledger.isMakingRoom, false)
  assert.equal(ledger.room(16_384), 'ample')
})
