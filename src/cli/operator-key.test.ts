/** Operator keys at rest, and where they may lie. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Json } from '../base/json.ts'
import { sign, verify } from '../base/signature.ts'
import { CommandFailure } from './exit.ts'
import { keyNames, readKeyFile, writeKeyFile } from './key-folder.ts'
import { keyFolder } from './key-place.ts'
import { createOperatorKey, openOperatorKey, sealedKeyFrom } from './operator-key.ts'

const passphrase = 'correct horse battery'

function inFolder(body: (folder: string) => void): void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'custos-keys-')))
  try {
    body(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

test('a key opens with its passphrase and signs; with another, or changed in any part, it does not open', async () => {
  const { key, sealed } = await createOperatorKey('ada', passphrase)
  const opened = await openOperatorKey(sealed, passphrase)
  assert.ok(opened.ok)
  const bytes = Buffer.from('order')
  assert.ok(verify(key.publicKey, bytes, sign(opened.value.privateKey, bytes)))
  assert.ok(!JSON.stringify(sealed).includes(Buffer.from(key.privateKey).toString('base64url')))
  assert.ok(!(await openOperatorKey(sealed, `${passphrase}!`)).ok)
  assert.ok(!(await openOperatorKey({ ...sealed, name: 'eve' }, passphrase)).ok)
})

test('a file that is not a key of ours, or asks for another cost, is not taken for one', async () => {
  const { sealed } = await createOperatorKey('ada', passphrase)
  const value = JSON.parse(JSON.stringify(sealed)) as { [name: string]: Json }
  assert.deepEqual(sealedKeyFrom(value), sealed)
  assert.equal(sealedKeyFrom({ ...value, version: 2 }), null)
  assert.equal(sealedKeyFrom({ ...value, kdf: { ...sealed.kdf, N: 2 } }), null)
  assert.equal(sealedKeyFrom({ ...value, kdf: { ...sealed.kdf, N: 2 ** 30 } }), null)
  assert.equal(sealedKeyFrom({ ...value, sealed: null }), null)
  assert.equal(sealedKeyFrom([]), null)
})

test('a key file is private, is never replaced, and damage to it is named', async () => {
  const { sealed } = await createOperatorKey('ada', passphrase)
  inFolder((folder) => {
    const keys = join(folder, 'keys')
    const file = writeKeyFile(keys, sealed)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    assert.equal(statSync(keys).mode & 0o777, 0o700)
    assert.deepEqual(readKeyFile(keys, 'ada'), sealed)
    assert.deepEqual(keyNames(keys), ['ada'])
    assert.throws(() => writeKeyFile(keys, sealed), CommandFailure)
    assert.throws(() => readKeyFile(keys, 'eve'), /no operator key "eve"/u)
    assert.throws(() => readKeyFile(keys, '../ada'), CommandFailure)
    writeFileSync(file, '{}')
    assert.throws(() => readKeyFile(keys, 'ada'), /damaged/u)
  })
})

test('the key folder may not lie inside the home, by name or through a link', () => {
  inFolder((folder) => {
    const home = join(folder, 'home')
    mkdirSync(join(home, 'keys'), { recursive: true })
    symlinkSync(join(home, 'keys'), join(folder, 'innocent'))
    symlinkSync(home, join(folder, 'way'))
    for (const keys of [
      home,
      join(home, 'keys'),
      join(home, 'not', 'there'),
      join(folder, 'innocent'),
      join(folder, 'way', 'k'),
    ]) {
      assert.throws(() => keyFolder(home, { CUSTOS_KEYS: keys }), /lies inside the home folder/u, keys)
    }
    assert.equal(keyFolder(home, { CUSTOS_KEYS: join(folder, 'home-keys') }), join(folder, 'home-keys'))
  })
})
