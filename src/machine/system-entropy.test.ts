import assert from 'node:assert/strict'
import { test } from 'node:test'
import { systemEntropy } from './system-entropy.ts'

test('every draw has the length asked for, and no draw is ever seen twice or shared', () => {
  const entropy = systemEntropy()
  const seen = new Set<string>()
  for (let round = 0; round < 5_000; round++) {
    const drawn = entropy.bytes(12 + (round % 8))
    assert.equal(drawn.length, 12 + (round % 8))
    assert.equal(drawn.buffer.byteLength, drawn.length)
    seen.add(Buffer.from(drawn).toString('hex').slice(0, 24))
  }
  assert.equal(seen.size, 5_000)
})

test('what was drawn belongs to the caller, and long draws are whole', () => {
  const entropy = systemEntropy()
  const first = entropy.bytes(16)
  const kept = Buffer.from(first).toString('hex')
  first.fill(0)
  assert.notEqual(Buffer.from(entropy.bytes(16)).toString('hex'), kept)
  assert.equal(entropy.bytes(100_000).length, 100_000)
  assert.equal(entropy.bytes(0).length, 0)
})
