import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createMasterKeyFile, readMasterKeyFile } from './master-key-file.ts'
import type { Plaintext } from './port.ts'
import { sampleEntropy } from './sample-events.ts'
import { readSealedHead, sealedHeadBytes } from './sealed-head.ts'
import { SubjectSecrets } from './subject-secrets.ts'
import type { KeyedVault } from './vault.ts'
import { openVault } from './vault.ts'

const entropy = sampleEntropy('vault')
const masterKey = entropy.bytes(32)

/** The sealed form of each, as it is written. */
const sealAll = (vault: KeyedVault, texts: readonly Plaintext[]): readonly Uint8Array[] =>
  vault.seal(texts).map((text) => {
    const bytes = Buffer.alloc(text.length)
    text.write(bytes, 0)
    return bytes
  })

const sealOne = (vault: KeyedVault, text: Plaintext): Uint8Array =>
  sealAll(vault, [text])[0] ?? new Uint8Array()

const openOne = (
  vault: KeyedVault,
  sealed: Uint8Array,
  { bytes, subject }: Plaintext,
  by = vault,
): unknown => {
  const opened = vault.open(sealed, by.commit(bytes, subject))
  return opened === null ? null : new Uint8Array(opened)
}

/** A vault with keys for some subjects, which can be destroyed. */
function vaultWithKeys(numbers: readonly number[]): { vault: KeyedVault; keys: Map<number, Uint8Array> } {
  const keys = new Map(numbers.map((subject) => [subject, new Uint8Array(32).fill(subject)]))
  const vault = openVault(masterKey, entropy, { keyOf: (subject) => keys.get(subject) ?? null })
  return { vault, keys }
}

const texts = fc.array(
  fc.record({ bytes: fc.uint8Array({ maxLength: 300 }), subject: fc.integer({ min: 0, max: 3 }) }),
  { minLength: 1, maxLength: 20 },
)

test('what is sealed opens, in this opening of the vault and in the next, and nowhere else', () => {
  const { vault } = vaultWithKeys([1, 2, 3])
  const next = vaultWithKeys([1, 2, 3]).vault
  const stranger = openVault(entropy.bytes(32), entropy, { keyOf: () => new Uint8Array(32).fill(9) })
  fc.assert(
    fc.property(texts, (plain) => {
      const sealed = sealAll(vault, plain)
      assert.equal(sealed.length, plain.length)
      for (const [index, text] of plain.entries()) {
        const bytes = sealed[index] ?? new Uint8Array()
        assert.equal(bytes.length, text.bytes.length + sealedHeadBytes)
        assert.equal(readSealedHead(bytes)?.subject, text.subject)
        assert.deepEqual(openOne(vault, bytes, text), text.bytes)
        assert.deepEqual(openOne(next, bytes, text), text.bytes)
        assert.equal(openOne(stranger, bytes, text, vault), null)
        assert.notEqual(vault.commit(text.bytes, text.subject), stranger.commit(text.bytes, text.subject))
      }
    }),
    { numRuns: 50 },
  )
})

test('a commitment is HMAC-SHA-256 at every length, and another for every subject', () => {
  const key = new Uint8Array(32).fill(7)
  const reference = (secrets: SubjectSecrets, bytes: Uint8Array): string => secrets.commit(bytes)
  const { vault } = vaultWithKeys([1])
  for (const length of [0, 1, 55, 56, 63, 64, 65, 4095, 4096, 4097, 9000]) {
    const bytes = Buffer.alloc(length, 'x')
    assert.equal(reference(new SubjectSecrets(key), bytes), hmacOfCommitment(key, bytes), `${length} bytes`)
    assert.notEqual(vault.commit(bytes), vault.commit(bytes, 1))
  }
})

/** The commitment as the format page says it, by other means. */
function hmacOfCommitment(key: Uint8Array, bytes: Uint8Array): string {
  const extracted = createHmac('sha256', new Uint8Array(32)).update(key).digest()
  const info = Buffer.concat([Buffer.from('custos payload commitment v1'), Buffer.from([1])])
  const commitmentKey = createHmac('sha256', extracted).update(info).digest()
  return createHmac('sha256', commitmentKey).update(bytes).digest('hex')
}

test('a change of any byte, or a cut, keeps sealed bytes shut', () => {
  const vault = openVault(masterKey, entropy)
  const text = { bytes: new Uint8Array(Buffer.from('secret arguments')) }
  const sealed = sealOne(vault, text)
  assert.deepEqual(openOne(vault, sealed, text), text.bytes)
  for (let at = 0; at < sealed.length; at++) {
    const changed = new Uint8Array(sealed)
    changed[at] = (changed[at] as number) ^ 1
    assert.equal(openOne(vault, changed, text), null, `byte ${at}`)
    assert.equal(openOne(vault, sealed.subarray(0, at), text), null)
  }
})

test('no two payloads share key stream, in one batch or in two, of one subject or of two', () => {
  const { vault } = vaultWithKeys([1])
  const zeros = { bytes: new Uint8Array(40) }
  const batch = [zeros, zeros, { ...zeros, subject: 1 }, zeros]
  const streams = [...sealAll(vault, batch), ...sealAll(vault, batch)].map((sealed) =>
    sealed.subarray(sealedHeadBytes),
  )
  const blocks = streams.flatMap((stream) => [stream.subarray(0, 16), stream.subarray(16, 32)])
  const distinct = new Set(blocks.map((block) => Buffer.from(block).toString('hex')))
  assert.equal(distinct.size, blocks.length)
})

test('with the key of a subject its payloads are gone, those of others are not, and nothing new can be read', () => {
  const { vault, keys } = vaultWithKeys([1, 2])
  const first = { bytes: new Uint8Array([1, 2, 3]), subject: 1 }
  const second = { bytes: new Uint8Array([4, 5, 6]), subject: 2 }
  const commitments = [first, second].map(({ bytes, subject }) => vault.commit(bytes, subject))
  const sealed = sealAll(vault, [first, second])
  const open = (index: number): Uint8Array | null =>
    vault.open(sealed[index] ?? new Uint8Array(), commitments[index] ?? '')
  assert.deepEqual([open(0)?.length, open(1)?.length], [3, 3])
  keys.delete(1)
  vault.forget(1)
  assert.deepEqual([open(0), open(1)?.length], [null, 3])
  assert.notEqual(vault.commit(first.bytes, 1), commitments[0])
  const late = sealOne(vault, first)
  keys.set(1, new Uint8Array(32).fill(1))
  assert.equal(vault.open(late, vault.commit(first.bytes, 1)), null)
  assert.throws(() => vault.forget(0))
})

test('a master key file is private, is never replaced, and is refused when others can read it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'custos-key-'))
  const path = join(folder, 'master.key')
  const codeOf = (result: ReturnType<typeof readMasterKeyFile>): string =>
    result.ok ? 'ok' : result.error.code
  try {
    assert.equal(codeOf(readMasterKeyFile(path)), 'missing')
    const made = createMasterKeyFile(path, entropy)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.deepEqual(readMasterKeyFile(path), made)
    assert.equal(codeOf(createMasterKeyFile(path, entropy)), 'exists')
    chmodSync(path, 0o644)
    assert.equal(codeOf(readMasterKeyFile(path)), 'exposed')
    chmodSync(path, 0o600)
    writeFileSync(path, 'short')
    assert.equal(codeOf(readMasterKeyFile(path)), 'malformed')
  } finally {
    rmSync(folder, { recursive: true })
  }
})
