import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { createMasterKeyFile, readMasterKeyFile } from './master-key-file.ts'
import { sampleEntropy } from './sample-events.ts'
import { openVault, sealOverheadBytes } from './vault.ts'

const entropy = sampleEntropy('vault')
const masterKey = entropy.bytes(32)

test('what is sealed opens, in this opening of the vault and in the next, and nowhere else', () => {
  const vault = openVault(masterKey, entropy)
  const next = openVault(masterKey, entropy)
  const stranger = openVault(entropy.bytes(32), entropy)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      const sealed = vault.seal(bytes)
      assert.equal(sealed.length, bytes.length + sealOverheadBytes)
      assert.deepEqual(new Uint8Array(vault.open(sealed) ?? [0]), bytes)
      assert.deepEqual(new Uint8Array(next.open(sealed) ?? [0]), bytes)
      assert.equal(stranger.open(sealed), null)
      assert.equal(vault.commit(bytes), next.commit(bytes))
      assert.notEqual(vault.commit(bytes), stranger.commit(bytes))
    }),
    { numRuns: 50 },
  )
})

test('a change of any byte, or a cut, keeps sealed bytes shut', () => {
  const vault = openVault(masterKey, entropy)
  const sealed = vault.seal(Buffer.from('secret arguments'))
  for (let at = 0; at < sealed.length; at++) {
    const changed = new Uint8Array(sealed)
    changed[at] = (changed[at] as number) ^ 1
    assert.equal(vault.open(changed), null, `byte ${at}`)
    assert.equal(vault.open(sealed.subarray(0, at)), null)
  }
})

test('the same bytes are sealed differently each time', () => {
  const vault = openVault(masterKey, entropy)
  const bytes = Buffer.from('again')
  assert.notDeepEqual(vault.seal(bytes), vault.seal(bytes))
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
