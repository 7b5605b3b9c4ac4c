/**
 * What is recorded when a call is decided: each event says who did it, which event led to it, on whose authority,
 * and which bytes belong to it. An auditor reads nothing else.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../base/hash.ts'
import { id } from '../../base/ids.ts'
import { SmallDomain, kinds } from '../../../test/harness/small-domain.ts'
import type { Caveats } from '../capability/terms.ts'
import { decide } from '../decide.ts'
import type { Decision } from '../decision.ts'
import type { EventOf } from '../event.ts'
import { builtinJudge } from '../gate/judge.ts'
import { limits } from '../limits.ts'

const read: Caveats = { selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } } }
const asking: Caveats = { ...read, ask: true }
const ada = { kind: 'operator', id: 1 } as const
const bob = { kind: 'process', id: 4 } as const

/** A domain in which bob's call is held under capability 2, which was derived from the root 1. */
function holding(caveats: Caveats = asking): { domain: SmallDomain; held: EventOf<'call.held'> } {
  const domain = new SmallDomain()
  domain.grant({ ...caveats })
  domain.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats: {} })
  return { domain, held: ask(domain) }
}

function ask(domain: SmallDomain): EventOf<'call.held'> {
  const [held] = domain.call('tools/read', { a: 1 }, 4, undefined, 2).events
  assert.ok(held?.kind === 'call.held')
  return held
}

function decided(
  domain: SmallDomain,
  what: 'call.approve' | 'call.deny',
  { body }: EventOf<'call.held'>,
  changed: { waiting?: boolean; operator?: number; comment?: string } = {},
): Decision {
  const { comment = '', ...order } = changed
  return domain.order({ do: what, call: body.call, digest: body.approvalDigest, comment }, order)
}

const circumstances = ({ events }: Decision): readonly unknown[] =>
  events.map(({ kind, actor, cause, authority, payload }) => ({ kind, actor, cause, authority, payload }))

test('an approval is its operator’s, because of the hold; the admission is the requester’s, because of the approval', () => {
  const { domain, held } = holding()
  const decision = decided(domain, 'call.approve', held)
  const [approved] = decision.events
  assert.deepEqual(circumstances(decision), [
    {
      kind: 'call.approved',
      actor: ada,
      cause: held.seq,
      authority: { capability: 2, root: 1 },
      payload: null,
    },
    {
      kind: 'call.admitted',
      actor: bob,
      cause: approved?.seq,
      authority: { capability: 3, root: 1 },
      payload: null,
    },
  ])
  assert.equal('answer' in (approved?.body ?? {}), false)
})

test('an approval that is collected later is admitted for the requester, because of the approval', () => {
  const { domain, held } = holding()
  const [approved] = decided(domain, 'call.approve', held, { waiting: false }).events
  const collected = domain.call('tools/read', { a: 1 }, 4, undefined, 2)
  assert.deepEqual(circumstances(collected), [
    {
      kind: 'call.admitted',
      actor: bob,
      cause: approved?.seq,
      authority: { capability: 3, root: 1 },
      payload: null,
    },
  ])
})

test('a denial is its operator’s, and the refusal that tells of it is caused by it', () => {
  const { domain, held } = holding()
  const decision = decided(domain, 'call.deny', held, { waiting: false })
  assert.deepEqual(circumstances(decision), [
    {
      kind: 'call.denied',
      actor: ada,
      cause: held.seq,
      authority: { capability: 2, root: 1 },
      payload: null,
    },
  ])
  const told = domain.call('tools/read', { a: 1 }, 4, undefined, 2)
  assert.equal(told.refusal?.message, 'An operator declined this call.')
  assert.deepEqual(circumstances(told), [
    {
      kind: 'syscall.refused',
      actor: bob,
      cause: decision.events[0]?.seq,
      authority: null,
      payload: null,
    },
  ])
})

test('where two must approve, the second’s approval is caused by the first’s', () => {
  const { domain, held } = holding({ ...asking, approvals: 2 })
  const eve = domain.enrol('eve')
  const first = decided(domain, 'call.approve', held)
  const authority = { capability: 2, root: 1 }
  assert.deepEqual(circumstances(first), [
    { kind: 'call.seconded', actor: ada, cause: held.seq, authority, payload: null },
  ])
  const [seconded] = first.events
  assert.equal(seconded?.kind === 'call.seconded' && seconded.body.missing, 1)
  const second = decided(domain, 'call.approve', held, { operator: eve })
  const by = { kind: 'operator', id: eve }
  assert.deepEqual(circumstances(second)[0], {
    kind: 'call.approved',
    actor: by,
    cause: seconded?.seq,
    authority,
    payload: null,
  })
})

test('an operator’s answer to a question is the payload of the approval', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  domain.call('tools/read', {})
  const caveats = { ...asking, selectors: ['client/sampling'] }
  domain.order({ do: 'capability.grant', holder: id(2), object: id(2), caveats })
  const [held] = domain.ask('client/sampling', {}, 1).events
  assert.ok(held?.kind === 'call.held')
  const payload = { commitment: 'c', length: 2, bytes: null }
  const answer = sha256Hex('answer')
  domain.now += 1_000
  const { call, approvalDigest: digest } = held.body
  const record = {
    command: { do: 'call.approve', call, digest, comment: '', answer },
    domain: 'main',
    operator: id<never>(1),
    nonce: 'f'.repeat(32),
    policyVersion: builtinJudge.version,
    canonVersion: domain.state.domain?.canonVersion ?? 0,
    time: id<never>(domain.now),
  } as const
  const signed = { record: JSON.stringify(record), signature: 's' }
  const { events } = decide(
    domain.state,
    {
      kind: 'order',
      at: id(domain.now),
      order: { record, signed, signatureValid: true },
      waiting: true,
      undispatched: new Set(),
      answer: payload,
    },
    builtinJudge,
  )
  const [approved, admitted] = events
  assert.ok(approved?.kind === 'call.approved' && admitted?.kind === 'call.admitted')
  assert.deepEqual([approved.payload, approved.body.answer], [payload, answer])
  assert.equal(admitted.body.deadline, held.body.expiresAt, 'a question does not outlive its call')
})

test('what an operator approved may take as long as any call', () => {
  const { domain, held } = holding()
  domain.now += 1_000
  const [, admitted] = decided(domain, 'call.approve', held).events
  assert.ok(admitted?.kind === 'call.admitted')
  assert.equal(admitted.body.deadline, domain.now + limits.callMs)
  assert.deepEqual(admitted.body.verdict, held.body.verdict)
})

test('a call whose authority has run out is approved no more, and may still be denied', () => {
  const domain = new SmallDomain()
  domain.grant({ ...asking, expiresAt: id(domain.now + 1_000) })
  const [held] = domain.call('tools/read', { a: 1 }).events
  assert.ok(held?.kind === 'call.held')
  domain.now += 1_000
  const refused = decided(domain, 'call.approve', held)
  assert.deepEqual([refused.refusal?.code, kinds(refused)], ['expired', ['order.refused']])
  assert.deepEqual(kinds(decided(domain, 'call.deny', held)), ['call.denied'])
})

test('an approval is for its capability, its requester and its bytes, once, and ends when the hold would have', () => {
  const { domain, held } = holding()
  decided(domain, 'call.approve', held, { waiting: false })
  const approval = domain.state.capabilities.get(id(3))
  assert.ok(approval !== undefined)
  const { parent, root, depth, holder, handle, object, caveats } = approval
  assert.deepEqual([parent, root, depth, holder, handle, object], [2, 1, 2, 4, 0, 2])
  assert.deepEqual(caveats, {
    selectors: ['tools/read'],
    argumentsCommitment: held.payload?.commitment,
    uses: 1,
    derivable: false,
    expiresAt: held.body.expiresAt,
  })
})
