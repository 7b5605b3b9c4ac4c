import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { toBase64url } from './base64url.ts'
import { Fault } from './fault.ts'
import { hexToBytes } from './hash.ts'
import { acceptablePublicKey, generateSigningKey, publicKeyOf, sign, verify } from './signature.ts'

const vectors = new URL('../../../shared/data/', import.meta.url)
const message = Buffer.from('an order')

function hex(text: string): Uint8Array {
  const bytes = hexToBytes(text)
  assert.ok(bytes !== null)
  return bytes
}

const base64url = (text: string): string => toBase64url(hex(text))

/** Parsed vectors, or null, said aloud, where they are not at hand. */
function readVectors(t: TestContext, path: string): unknown {
  const file = new URL(path, vectors)
  if (existsSync(file)) return JSON.parse(readFileSync(file, 'utf8'))
  t.diagnostic(`PUBLIC VECTORS ABSENT: ${path} was not found; only the embedded ones were run`)
  return null
}

// RFC 8032, 7.1, test 2, and the group order for making signatures malleable.
const rfc = {
  seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
  key: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
  message: '72',
  signature:
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
    '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
}
const groupOrder = 2n ** 252n + 27742317777372353535851937790883648493n

test('keys and signatures are those of RFC 8032', () => {
  const seed = hex(rfc.seed)
  assert.equal(publicKeyOf(seed), base64url(rfc.key))
  assert.equal(sign(seed, hex(rfc.message)), base64url(rfc.signature))
  assert.equal(verify(base64url(rfc.key), hex(rfc.message), base64url(rfc.signature)), true)
})

test('a fresh key signs and verifies, and every change is noticed', () => {
  const key = generateSigningKey()
  const publicKey = publicKeyOf(key)
  const signature = sign(key, message)
  assert.equal(verify(publicKey, message, signature), true)
  assert.ok(acceptablePublicKey(publicKey).ok)
  assert.equal(verify(publicKey, Buffer.from('another'), signature), false)
  assert.equal(verify(publicKeyOf(generateSigningKey()), message, signature), false)
  const raw = Buffer.from(signature, 'base64url')
  for (let index = 0; index < raw.length; index++) {
    const changed = Uint8Array.from(raw)
    changed[index] = (changed[index] as number) ^ 1
    assert.equal(verify(publicKey, message, toBase64url(changed)), false)
  }
})

test('a key drawn from the same entropy is the same key', () => {
  const entropy = { bytes: (length: number) => new Uint8Array(length).fill(7) }
  assert.deepEqual(generateSigningKey(entropy), generateSigningKey(entropy))
  assert.throws(() => generateSigningKey({ bytes: () => new Uint8Array(31) }), Fault)
})

test('a signature with s + L instead of s is refused', () => {
  const raw = hex(rfc.signature)
  let s = groupOrder
  for (let index = 0; index < 32; index++) s += BigInt(raw[32 + index] as number) << BigInt(8 * index)
  for (let index = 0; index < 32; index++) raw[32 + index] = Number((s >> BigInt(8 * index)) & 0xffn)
  assert.equal(verify(base64url(rfc.key), hex(rfc.message), toBase64url(raw)), false)
})

test('malformed keys and signatures are false, never an exception', () => {
  const key = base64url(rfc.key)
  const signature = base64url(rfc.signature)
  for (const wrong of [
    '',
    'A',
    '!',
    `${key}=`,
    `${key}A`,
    key.slice(0, -1),
    key.slice(0, -1) + 'x',
    '\u0000',
  ])
    assert.equal(verify(wrong, hex(rfc.message), signature), false)
  for (const wrong of ['', 'A', '!', `${signature}==`, signature.slice(0, -1), signature + 'AA'])
    assert.equal(verify(key, hex(rfc.message), wrong), false)
})

test('keys that prove nothing cannot be enrolled', () => {
  const reason = (key: string): string => {
    const result = acceptablePublicKey(key)
    return result.ok ? 'ok' : result.error
  }
  assert.equal(reason(base64url(rfc.key)), 'ok')
  assert.equal(reason('not base64url!'), 'not-base64url')
  assert.equal(reason(base64url(rfc.key.slice(2))), 'wrong-length')
  const ff = 'ff'.repeat(30)
  for (const key of [
    `ed${ff}7f`,
    `ed${ff}ff`,
    `ee${ff}7f`,
    `ff${ff}7f`,
    `01${'00'.repeat(30)}80`,
    `ec${ff}ff`,
  ])
    assert.equal(reason(base64url(key)), 'not-canonical', key)
  assert.equal(reason(base64url(`02${'00'.repeat(31)}`)), 'not-a-point')
  const small = [
    '00'.repeat(32),
    `${'00'.repeat(31)}80`,
    `01${'00'.repeat(31)}`,
    `ec${ff}7f`,
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  ]
  for (const key of small) assert.equal(reason(base64url(key)), 'small-order', key)
  // Under the identity as public key, R = s·B verifies for every message; s = 0 makes R the identity too.
  const forged = `01${'00'.repeat(63)}`
  assert.equal(verify(base64url(`01${'00'.repeat(31)}`), message, base64url(forged)), false)
})

test('verdicts agree with Wycheproof', (t) => {
  const file = readVectors(t, 'wycheproof/testvectors_v1/ed25519_test.json') as {
    testGroups: {
      publicKey: { pk: string }
      tests: { tcId: number; msg: string; sig: string; result: string }[]
    }[]
  } | null
  if (file === null) return
  let count = 0
  for (const group of file.testGroups) {
    for (const { tcId, msg, sig, result } of group.tests) {
      count++
      assert.equal(
        verify(base64url(group.publicKey.pk), hex(msg), base64url(sig)),
        result === 'valid',
        `tcId ${tcId}`,
      )
    }
  }
  t.diagnostic(`${count} Wycheproof vectors`)
  assert.ok(count > 100)
})

test('of the edge cases of CCTV only those with mere low-order components verify', (t) => {
  const file = readVectors(t, 'cctv-ed25519/ed25519/ed25519vectors.json') as
    | { number: number; key: string; sig: string; msg: string; flags: string[] | null }[]
    | null
  if (file === null) return
  const forbidden = [
    'low_order_A',
    'low_order_R',
    'non_canonical_A',
    'non_canonical_R',
    'low_order_residue',
    'reencoded_k',
  ]
  for (const { number, key, sig, msg, flags } of file) {
    const expected = !(flags ?? []).some((flag) => forbidden.includes(flag))
    assert.equal(verify(base64url(key), Buffer.from(msg), base64url(sig)), expected, `vector ${number}`)
    const enrols = !(flags ?? []).some((flag) => flag === 'low_order_A' || flag === 'non_canonical_A')
    assert.equal(acceptablePublicKey(base64url(key)).ok, enrols, `key of vector ${number}`)
  }
  t.diagnostic(`${file.length} CCTV vectors`)
  assert.ok(file.length > 500)
})
