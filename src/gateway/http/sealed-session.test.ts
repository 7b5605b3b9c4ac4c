import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { readAbilities } from '../mcp/client-abilities.ts'
import { SessionSeal } from './sealed-session.ts'

const key = randomBytes(32)
const session = {
  revision: '2025-11-25',
  abilities: readAbilities({ sampling: {} }),
  tokenDigest: 'a'.repeat(64),
  scope: 'files',
  expiresAt: 1_000,
}

test('a session comes back out of its id, also under the same key elsewhere', () => {
  const id = new SessionSeal(key).seal(session)
  assert.match(id, /^[\w-]{1,512}$/u)
  const { nonce, ...opened } = new SessionSeal(key).open(id, 999) ?? { nonce: '' }
  assert.deepEqual(opened, session)
  assert.notEqual(nonce, '')
})

test('two sessions never have the same id', () => {
  const seal = new SessionSeal(key)
  assert.notEqual(seal.seal(session), seal.seal(session))
})

test('an id that is over, changed anywhere, cut, or from another key is none', () => {
  const seal = new SessionSeal(key)
  const id = seal.seal(session)
  assert.equal(seal.open(id, 1_000), null)
  assert.equal(new SessionSeal(randomBytes(32)).open(id, 0), null)
  const bytes = Buffer.from(id, 'base64url')
  for (let at = 0; at < bytes.length; at += 1) {
    const changed = Buffer.from(bytes)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.equal(seal.open(changed.toString('base64url'), 0), null, `byte ${at}`)
  }
  for (const odd of ['', 'x', id.slice(0, -4), `${id}AAAA`, 'A'.repeat(2_000)])
    assert.equal(seal.open(odd, 0), null)
})
