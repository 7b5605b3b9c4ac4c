/** The record that an operator approves: every member of it is in the digest. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../base/json.ts'
import { id } from '../../base/ids.ts'
import { SmallDomain } from '../../../test/harness/small-domain.ts'
import type { ApprovalSubject } from './record.ts'
import { approvalDigest, approvalRecord } from './record.ts'

const subject: ApprovalSubject = {
  call: id(1),
  process: id(4),
  object: id(2),
  selector: 'tools/read',
  effect: 'observe',
  saltedArguments: 'ab',
  chain: [id(3), id(1)],
  approvals: 1,
  expiresAt: id(9),
  nonce: 'n',
}

test('a record says what was asked, under what, until when, and what is in force', () => {
  const { state } = new SmallDomain()
  assert.deepEqual(JSON.parse(approvalRecord(state, subject)), {
    arguments: 'ab',
    call: 1,
    canonVersion: 1,
    chain: [3, 1],
    domain: 'main',
    effect: 'observe',
    expiresAt: 9,
    nonce: 'n',
    object: 2,
    policyVersion: 'builtin-1',
    process: 4,
    selector: 'tools/read',
  })
  const more = { ...subject, approvals: 2, cost: 5, with: [id<never>(7)] }
  const { approvals, cost, with: joined } = JSON.parse(approvalRecord(state, more)) as JsonObject
  assert.deepEqual([approvals, cost, joined], [2, 5, [7]])
})

test('whatever changes, the digest changes', () => {
  const { state } = new SmallDomain()
  const changes: readonly Partial<ApprovalSubject>[] = [
    { call: id(2) },
    { process: id(6) },
    { object: id(3) },
    { selector: 'tools/write' },
    { effect: 'act' },
    { saltedArguments: 'ac' },
    { chain: [id(3)] },
    { chain: [id(1), id(3)] },
    { approvals: 2 },
    { cost: 1 },
    { with: [id(7)] },
    { expiresAt: id(10) },
    { nonce: 'm' },
  ]
  const digests = [{}, ...changes].map((change) => approvalDigest(state, { ...subject, ...change }))
  assert.equal(new Set(digests).size, digests.length)
})
