import { test } from 'node:test'
import assert from 'node:assert/strict'
import { sha256 } from './hash.ts'
import { PackedDigest } from './packed-digest.ts'

test('a packed digest has the text of its bytes, also when they are written over afterwards', () => {
  const digests = [new Uint8Array(32), new Uint8Array(32).fill(255), sha256('one'), sha256('other')]
  for (const digest of digests) {
    const bytes = Buffer.concat([Buffer.alloc(5), digest, Buffer.alloc(3)])
    const packed = new PackedDigest(new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 5)
    bytes.fill(7)
    assert.equal(packed.hex, Buffer.from(digest).toString('hex'))
  }
})
