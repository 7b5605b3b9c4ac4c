import assert from 'node:assert/strict'
import { existsSync, linkSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Fault } from '../../base/fault.ts'
import { openSubjectKeys, readSubjectKeys } from './subject-key-folder.ts'

const entropy = { bytes: (length: number) => new Uint8Array(randomBytes(length)) }

function inFolder(body: (folder: string) => void): void {
  const base = mkdtempSync(join(tmpdir(), 'subject-keys-'))
  try {
    body(join(base, 'main.subjects'))
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}

test('a living subject has one key, whoever opens the folder, and others have none', () => {
  inFolder((folder) => {
    const keys = openSubjectKeys(folder, (subject) => subject === 7, entropy)
    const key = keys.keyOf(7)
    assert.equal(key?.length, 32)
    assert.deepEqual(readFileSync(join(folder, '7')), Buffer.from(key))
    assert.deepEqual(openSubjectKeys(folder, () => true, entropy).keyOf(7), key)
    assert.deepEqual(readSubjectKeys(folder).keyOf(7), key)
    assert.notDeepEqual(openSubjectKeys(folder, () => true, entropy).keyOf(8), key)
    assert.equal(keys.keyOf(9), null)
    assert.equal(readSubjectKeys(folder).keyOf(9), null)
    assert.deepEqual(readdirSync(folder), ['7', '8'], 'no draft is left behind')
  })
})

test('a destroyed key is gone from the disk and from memory, under every name it had', () => {
  inFolder((folder) => {
    const living = new Set([7])
    const keys = openSubjectKeys(folder, (subject) => living.has(subject), entropy)
    const key = keys.keyOf(7)
    assert.ok(key !== null)
    // What a crash between the two names leaves; and a copy by which to look at the file's own bytes.
    linkSync(join(folder, '7'), join(folder, '7.tmp'))
    linkSync(join(folder, '7'), `${folder}.seen`)
    living.delete(7)
    assert.equal(keys.destroy(7), null)
    assert.deepEqual(readdirSync(folder), [])
    assert.deepEqual(readFileSync(`${folder}.seen`), Buffer.alloc(32), 'the bytes were overwritten')
    assert.deepEqual(key, new Uint8Array(32), 'the key in memory was overwritten')
    assert.equal(keys.keyOf(7), null)
    assert.equal(keys.destroy(7), null, 'once more changes nothing')
  })
})

test('a destruction that a crash interrupted opens nothing, and can be finished', () => {
  inFolder((folder) => {
    const keys = openSubjectKeys(folder, () => true, entropy)
    keys.keyOf(7)
    writeFileSync(join(folder, '7'), new Uint8Array(32))
    assert.equal(readSubjectKeys(folder).keyOf(7), null)
    assert.equal(openSubjectKeys(folder, () => false, entropy).keyOf(7), null)
    assert.equal(openSubjectKeys(folder, () => false, entropy).destroy(7), null)
    assert.ok(!existsSync(join(folder, '7')))
  })
})

test('a key that cannot be read is never replaced', () => {
  inFolder((folder) => {
    openSubjectKeys(folder, () => true, entropy).keyOf(7)
    writeFileSync(join(folder, '7'), 'short')
    assert.throws(() => openSubjectKeys(folder, () => true, entropy).keyOf(7), Fault)
    assert.equal(readFileSync(join(folder, '7'), 'utf8'), 'short')
  })
})
