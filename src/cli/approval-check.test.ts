/** What an operator is shown must be what the signed digest covers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toBase64url } from '../base/base64url.ts'
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import type { JsonObject } from '../base/json.ts'
import { checkApproval, showApproval } from './approval-check.ts'

const ground = { domain: 'main', policyVersion: 'builtin-1', canonVersion: 1 }
const salt = 'ab'.repeat(32)
const bytes = Buffer.from('{"path":"/data/\u202ex"}')

function entry(changed: JsonObject = {}): JsonObject {
  const record = canonicalJson({
    arguments: sha256Hex(Buffer.concat([Buffer.from(salt, 'hex'), bytes])),
    call: 7,
    canonVersion: 1,
    chain: [3, 1],
    domain: 'main',
    effect: 'act',
    expiresAt: 1_700_000_000_000,
    nonce: '00'.repeat(16),
    object: 4,
    policyVersion: 'builtin-1',
    process: 3,
    selector: 'tools/write_file',
  })
  return {
    call: 7,
    seq: 12,
    process: 3,
    agent: 'scout',
    object: 4,
    objectName: 'files',
    selector: 'tools/write_file',
    effect: 'act',
    capability: 3,
    chain: [3, 1],
    demands: ['the capability asks for approval'],
    expiresAt: 1_700_000_000_000,
    arguments: toBase64url(bytes),
    salt,
    approvalRecord: record,
    digest: sha256Hex(record),
    ...changed,
  }
}

test('an entry that fits together is shown in full, with nothing hidden', () => {
  const checked = checkApproval(entry(), ground)
  assert.ok(checked.ok, checked.ok ? '' : checked.error)
  const shown = showApproval(checked.value, 0).join('\n')
  assert.match(shown, /"path":"\/data\/\\u\{202e\}x"/u)
  assert.match(shown, /c3 under c1/u)
  assert.ok(shown.includes(checked.value.digest))
})

test('what a call takes beside one capability and one operator is shown from what is signed', () => {
  const plain = entry()
  const record = {
    ...(JSON.parse(plain['approvalRecord'] as string) as JsonObject),
    approvals: 2,
    cost: 5,
    with: [9],
  }
  const text = canonicalJson(record)
  const checked = checkApproval(entry({ approvalRecord: text, digest: sha256Hex(text) }), ground)
  assert.ok(checked.ok, checked.ok ? '' : checked.error)
  const shown = showApproval(checked.value, 0).join('\n')
  for (const line of [/joined by {2}c9/u, /costs {6}5/u, /approval of 2 different operators/u])
    assert.match(shown, line)
})

test('whatever is shown differently from what is signed is caught', () => {
  const lies: readonly JsonObject[] = [
    { call: 8 },
    { process: 9 },
    { object: 5 },
    { selector: 'tools/read_text_file' },
    { effect: 'observe' },
    { expiresAt: 1 },
    { chain: [1] },
    { arguments: toBase64url(Buffer.from('{"path":"/data/y"}')) },
    { salt: 'cd'.repeat(32) },
    { digest: '00'.repeat(32) },
    { approvalRecord: '{}' },
    { approvalRecord: 'nonsense' },
    { arguments: null },
    { arguments: '=' },
  ]
  for (const lie of lies) assert.equal(checkApproval(entry(lie), ground).ok, false, JSON.stringify(lie))
})

test('an approval of another domain, policy or canon is not signed here', () => {
  for (const other of [{ domain: 'else' }, { policyVersion: 'builtin-2' }, { canonVersion: 2 }]) {
    assert.equal(checkApproval(entry(), { ...ground, ...other }).ok, false)
  }
})
