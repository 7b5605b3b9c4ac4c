/** Which capabilities are cleared up when what has expired is revoked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expiredAmong } from './revoke.ts'

const why = 'This capability has expired.'

test('what has expired is revoked at the top of each expired subtree, and nothing else is', () => {
  const dead = { live: false, why, handle: 1 }
  const capabilities = [
    { ...dead, capability: 1, parent: 0, caveats: { expiresAt: 100 } },
    { ...dead, capability: 2, parent: 1, caveats: {} },
    { ...dead, capability: 3, parent: 2, caveats: { expiresAt: 50 } },
    { capability: 4, parent: 0, live: true, why: null, handle: 2, caveats: { expiresAt: 900 } },
    { ...dead, capability: 5, parent: 4, caveats: { expiresAt: 99 } },
    { ...dead, capability: 6, parent: 0, why: 'This capability was revoked.', caveats: { expiresAt: 10 } },
    { ...dead, capability: 7, parent: 4, handle: 0, caveats: { expiresAt: 10 } },
  ]
  assert.deepEqual(expiredAmong(capabilities, 100), [1, 5])
})
