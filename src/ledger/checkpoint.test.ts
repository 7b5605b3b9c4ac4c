import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Checkpoint } from './checkpoint.ts'
import { parseCheckpoint, signCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { encodeSlot, readCheckpointRing, slotOffset } from './checkpoint-slots.ts'
import { sampleSigner } from './sample-events.ts'

const signer = sampleSigner('checkpoint')
const sample: Checkpoint = {
  domain: 'main',
  seq: 42,
  hash: 'ab'.repeat(32),
  number: 3,
  stateRoot: 'root-1',
  at: id<Instant>(1_790_000_000_000),
}

test('a signed checkpoint reads back and verifies under its key only', () => {
  const text = signCheckpoint(sample, signer)
  assert.deepEqual(parseCheckpoint(text), { ok: true, value: sample })
  assert.deepEqual(verifyCheckpoint(text, signer.publicKey), { ok: true, value: sample })
  const other = verifyCheckpoint(text, sampleSigner('other').publicKey)
  assert.deepEqual(other, { ok: false, error: 'the checkpoint is signed by another key' })
})

test('no change of one byte of its text verifies', () => {
  const bytes = Buffer.from(signCheckpoint(sample, signer))
  for (let at = 0; at < bytes.length; at++) {
    for (const change of [1, 2, 32, 128]) {
      const changed = Buffer.from(bytes)
      changed[at] = (changed[at] as number) ^ change
      const text = changed.toString('utf8')
      if (!Buffer.from(text).equals(changed)) continue
      assert.equal(verifyCheckpoint(text, signer.publicKey).ok, false, `byte ${at}`)
    }
  }
})

test('what a checkpoint cannot state is a fault, not a text', () => {
  assert.throws(() => signCheckpoint({ ...sample, domain: 'Main' }, signer), /cannot name a ledger/)
  assert.throws(() => signCheckpoint({ ...sample, stateRoot: 'a b' }, signer), /a state root/)
})

test('the longest checkpoint fits its slot', () => {
  const most = Number.MAX_SAFE_INTEGER
  const text = signCheckpoint(
    {
      domain: 'd'.repeat(64),
      seq: most,
      hash: sample.hash,
      number: most,
      stateRoot: 'r'.repeat(128),
      at: id(most),
    },
    signer,
  )
  assert.ok(Buffer.byteLength(text) <= 512)
})

test('a ring keeps the newest, and knows a cut-off slot from a damaged one and a missing one', () => {
  const bytes = Buffer.alloc(64 * 512)
  const put = (number: number, text = signCheckpoint({ ...sample, number }, signer)): void => {
    bytes.set(encodeSlot(text), slotOffset(number))
  }
  for (let number = 1; number <= 70; number++) put(number)
  const read = readCheckpointRing(bytes)
  assert.ok(read.ok)
  assert.deepEqual(read.value.checkpoints.map((slot) => slot.checkpoint.number)[0], 7)
  assert.equal(read.value.checkpoints.length, 64)
  put(71, 'custos/ma')
  const cut = readCheckpointRing(bytes)
  assert.ok(cut.ok)
  assert.equal(cut.value.unfinished, slotOffset(71))
  put(71)
  put(60, 'custos/ma')
  const damaged = readCheckpointRing(bytes)
  assert.ok(!damaged.ok && damaged.error.offset === slotOffset(60))
  put(60, '')
  const missing = readCheckpointRing(bytes)
  assert.ok(!missing.ok && missing.error.message === 'checkpoint 60 is missing')
  put(60, signCheckpoint({ ...sample, number: 61 }, signer))
  const moved = readCheckpointRing(bytes)
  assert.ok(!moved.ok && moved.error.message === 'a checkpoint is in another slot')
})
