import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fromBase64url, toBase64url } from './base64url.ts'
import { bytesToHex, hexToBytes, hmacSha256Hex, sha256, sha256Hex } from './hash.ts'
import { randomHex } from './random-hex.ts'

const abc = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'

test('SHA-256 agrees with FIPS 180, for text and for bytes', () => {
  assert.equal(sha256Hex('abc'), abc)
  assert.equal(sha256Hex(Buffer.from('abc')), abc)
  assert.equal(bytesToHex(sha256('abc')), abc)
  assert.equal(sha256Hex('€'), sha256Hex(Uint8Array.of(0xe2, 0x82, 0xac)))
  assert.equal(sha256Hex(Buffer.from('xabcx').subarray(1, 4)), abc)
})

test('HMAC-SHA-256 agrees with RFC 4231', () => {
  assert.equal(
    hmacSha256Hex(Buffer.from('Jefe'), 'what do ya want for nothing?'),
    '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
  )
})

test('hex is lower case, and nothing else is read as hex', () => {
  assert.equal(bytesToHex(Uint8Array.of(0, 0xab, 0xff)), '00abff')
  assert.deepEqual(hexToBytes('00abff'), Uint8Array.of(0, 0xab, 0xff))
  assert.deepEqual(hexToBytes(''), new Uint8Array(0))
  for (const text of ['0', 'AB', '0g', ' 00', '00\n', 'é0']) assert.equal(hexToBytes(text), null, text)
})

test('base64url has one text for every byte string', () => {
  for (const bytes of [[], [0], [255, 254], [1, 2, 3], [251, 255, 191, 0]]) {
    const array = Uint8Array.from(bytes)
    assert.deepEqual(fromBase64url(toBase64url(array)), array)
  }
  for (const text of ['A', 'AB', 'AA==', 'A+', 'A/', 'AA A', 'AAB', 'AA\n', 'é'])
    assert.equal(fromBase64url(text), null, text)
})

test('random hex is two digits a byte, from the given entropy', () => {
  assert.equal(randomHex({ bytes: (length) => new Uint8Array(length).fill(0x5a) }, 3), '5a5a5a')
})
