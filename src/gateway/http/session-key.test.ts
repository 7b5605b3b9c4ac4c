import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { sessionKey } from './session-key.ts'

test('the key is private, stays the same, and is not taken from a file that others can read', (t) => {
  const run = mkdtempSync(join(tmpdir(), 'key-'))
  t.after(() => rmSync(run, { recursive: true, force: true }))
  const path = join(run, 'gateway.key')
  const key = Buffer.from(sessionKey(run))
  assert.equal(key.length, 32)
  assert.equal(statSync(path).mode & 0o777, 0o600)
  assert.ok(key.equals(sessionKey(run)))
  chmodSync(path, 0o644)
  const fresh = Buffer.from(sessionKey(run))
  assert.ok(!fresh.equals(key))
  writeFileSync(path, 'short')
  assert.equal(sessionKey(run).length, 32)
})
