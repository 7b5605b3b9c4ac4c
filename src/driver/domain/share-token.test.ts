import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { ensureVaultKey } from '../vault/vault-key.ts'
import { hasShareToken, readShareToken, removeShareToken, writeShareToken } from './share-token.ts'

const share = { from: 'main', to: 'work' }
const token = 'custos_not-a-real-token'

function home(t: TestContext): { readonly home: string; readonly file: string } {
  const folder = mkdtempSync(join(tmpdir(), 'share-'))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  const place = join(folder, 'home')
  const key = ensureVaultKey(place, join(folder, 'keys'))
  assert.ok(key.ok)
  writeShareToken(place, share, key.value, token)
  return { home: place, file: join(place, 'vault', 'shares', 'main', 'work.json') }
}

test('a token comes back for exactly its share, and is sealed at rest', (t) => {
  const { home: place, file } = home(t)
  assert.deepEqual(readShareToken(place, share), { ok: true, value: token })
  assert.doesNotMatch(readFileSync(file, 'utf8'), /not-a-real-token/u)
  assert.equal(statSync(file).mode & 0o077, 0)
  assert.equal(readShareToken(place, { from: 'work', to: 'main' }).ok, false)
})

test('a file that was moved to another share does not open', (t) => {
  const { home: place, file } = home(t)
  renameSync(file, file.replace('work.json', 'other.json'))
  const opened = readShareToken(place, { from: 'main', to: 'other' })
  assert.match(opened.ok ? '' : opened.error, /was changed/u)
})

test('a file whose names were edited to fit does not open either', (t) => {
  const { home: place, file } = home(t)
  const other = file.replace('work.json', 'other.json')
  writeFileSync(other, readFileSync(file, 'utf8').replace('"to":"work"', '"to":"other"'), { mode: 0o600 })
  assert.equal(readShareToken(place, { from: 'main', to: 'other' }).ok, false)
})

test('every changed byte of the sealed token is noticed', (t) => {
  const { home: place, file } = home(t)
  const text = readFileSync(file, 'utf8')
  const start = text.indexOf('"sealed":"') + '"sealed":"'.length
  for (let at = start; text[at] !== '"'; at += 1) {
    const other = text[at] === 'A' ? 'B' : 'A'
    writeFileSync(file, text.slice(0, at) + other + text.slice(at + 1))
    assert.notDeepEqual(readShareToken(place, share), { ok: true, value: token }, `byte ${at}`)
  }
})

test('a file that others can read is not used', (t) => {
  const { home: place, file } = home(t)
  chmodSync(file, 0o644)
  const opened = readShareToken(place, share)
  assert.match(opened.ok ? '' : opened.error, /can be read by others/u)
})

test('a removed token is gone, and a name that is none makes no path', (t) => {
  const { home: place } = home(t)
  removeShareToken(place, share)
  assert.equal(hasShareToken(place, share), false)
  assert.throws(() => hasShareToken(place, { from: '../..', to: 'work' }))
})
