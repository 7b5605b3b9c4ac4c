import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { sha256Hex } from '../../base/hash.ts'
import { readEscrow, sealEscrow } from './escrow-file.ts'

const head = { domain: 'main', ledgerKey: 'the-key', madeAt: 1_700_000_000_000, subjects: [3, 70] }
const keys = [0, 3, 70].map(() => randomBytes(32))
const secret = randomBytes(17)

test('an escrow says what is in it, and gives its keys to the code alone', () => {
  const { text, digest } = sealEscrow(head, keys, secret)
  const read = readEscrow(Buffer.from(text))
  assert.deepEqual(read?.head, head)
  assert.equal(read.digest, digest)
  assert.equal(digest, sha256Hex(text))
  assert.deepEqual(
    read.open(secret)?.map((key) => Buffer.from(key)),
    keys,
  )
  assert.equal(read.open(randomBytes(17)), null)
  for (const key of keys)
    for (const form of ['hex', 'base64url'] as const) assert.ok(!text.includes(key.toString(form)))
  const again = sealEscrow(head, keys, secret)
  assert.notEqual(again.digest, digest, 'the same keys under the same code are another file')
})

test('no change of a file goes unnoticed: it is no escrow, or it does not open', () => {
  const bytes = Buffer.from(sealEscrow(head, keys, secret).text)
  for (let at = 0; at < bytes.length - 1; at++) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.equal(readEscrow(changed)?.open(secret) ?? null, null, `byte ${at}`)
  }
  for (let length = 0; length < bytes.length - 1; length++)
    assert.equal(readEscrow(bytes.subarray(0, length)), null, `cut at ${length}`)
})

test('what an escrow says of itself is bound to its keys', () => {
  const stated = JSON.parse(sealEscrow(head, keys, secret).text) as object
  for (const change of [{ domain: 'shop' }, { ledgerKey: 'other' }, { subjects: [3, 71] }, { madeAt: 1 }]) {
    const read = readEscrow(Buffer.from(JSON.stringify({ ...stated, ...change })))
    assert.ok(read !== null)
    assert.equal(read.open(secret), null, JSON.stringify(change))
  }
  for (const change of [{ custosEscrow: 2 }, { subjects: [3] }, { subjects: [0, 3] }, { more: 1 }])
    assert.equal(readEscrow(Buffer.from(JSON.stringify({ ...stated, ...change }))), null)
})
