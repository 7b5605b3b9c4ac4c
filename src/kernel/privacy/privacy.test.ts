import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../base/hash.ts'
import { id } from '../../base/ids.ts'
import { kinds, SmallDomain } from '../../../test/harness/small-domain.ts'
import type { OrderAction } from '../command.ts'
import { evolve } from '../evolve.ts'
import { stateRoot } from '../root.ts'
import { stateBytes, stateOfBytes } from '../snapshot/state-bytes.ts'
import { initialState } from '../state.ts'
import { whyHeld } from './hold.ts'
import { isLiving, subjectOf, subjectOfCall } from './subject.ts'

const bob = 3
const bobsProcess = id<never>(4)
const eve = 5
const erase = (subject: number): OrderAction => ({ do: 'subject.erase', subject, reason: 'she asked' })
const where = { 'tools/read': { arguments: {}, open: true } } as const

function addFor(domain: SmallDomain, name: string, subject: number) {
  return domain.order({ do: 'agent.add', name, tokenDigest: sha256Hex(name), subject })
}

function withCarol(): { readonly domain: SmallDomain; readonly carol: number } {
  const domain = new SmallDomain()
  const [added] = domain.order({ do: 'subject.add', name: 'carol' }).events
  assert.equal(added?.kind, 'subject.added')
  return { domain, carol: added.body.subject }
}

test('an agent is the subject of what it asks unless it was added for somebody else', () => {
  const { domain, carol } = withCarol()
  const [kim] = addFor(domain, 'kim', carol).events
  assert.equal(kim?.kind, 'agent.added')
  assert.equal(subjectOf(domain.state, bobsProcess), bob)
  assert.equal(subjectOf(domain.state, kim.body.process), carol)
  assert.equal(subjectOf(domain.state, id<never>(2)), 0, 'a driver by itself speaks about nobody')
  assert.ok(isLiving(domain.state, bob) && isLiving(domain.state, carol) && !isLiving(domain.state, 2))
  assert.equal(addFor(domain, 'joe', eve).refusal?.code, 'not-found', 'another agent is nobody’s subject')
  assert.equal(domain.order({ do: 'subject.add', name: 'carol' }).refusal?.code, 'name-taken')
})

test('what a driver asks in the course of a call is about whom that call is about', () => {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read'], where })
  const [admitted] = domain.call('tools/read', {}).events
  assert.equal(admitted?.kind, 'call.admitted')
  assert.equal(subjectOf(domain.state, id<never>(2), admitted.body.call), bob)
})

test('erasing cuts what is under way, and the agent goes on under a number that was never used', () => {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read'], where })
  domain.grant({ selectors: ['tools/read'], where }, 6)
  domain.call('tools/read', {})
  domain.call('tools/read', {}, 6)
  const erased = domain.order(erase(bob))
  assert.deepEqual(kinds(erased), ['subject.erased', 'call.settled'])
  const [first] = erased.events
  assert.equal(first?.kind, 'subject.erased')
  const { next = 0 } = first.body
  assert.ok(next > 6)
  assert.equal(subjectOf(domain.state, bobsProcess), next)
  assert.deepEqual([isLiving(domain.state, bob), isLiving(domain.state, next)], [false, true])
  assert.equal(domain.state.calls.size, 1, 'the other agent’s call goes on')
  assert.equal(domain.order(erase(bob)).refusal?.code, 'not-found')
  assert.deepEqual(kinds(domain.do({ kind: 'erasure.complete', subject: bob })), ['erasure.completed'])
  assert.equal(domain.do({ kind: 'erasure.complete', subject: bob }).refusal?.code, 'not-found')
  assert.equal(isLiving(domain.state, bob), false, 'its number stays dead when the erasure is complete')
})

test('a call held for a subject lapses with it, and a removed agent can still be erased', () => {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read'], where, ask: true })
  const [held] = domain.call('tools/read', {}).events
  assert.equal(held?.kind, 'call.held')
  assert.deepEqual(kinds(domain.order(erase(bob))), ['subject.erased', 'call.lapsed'])
  domain.order({ do: 'agent.remove', agent: id(eve) })
  const removed = domain.order(erase(eve))
  assert.deepEqual(kinds(removed), ['subject.erased'])
  assert.equal(removed.events[0]?.kind === 'subject.erased' && removed.events[0].body.next, undefined)
})

test('nobody is erased who is no subject', () => {
  const domain = new SmallDomain()
  for (const number of [1, 2, 4, 1_000])
    assert.equal(domain.order(erase(number)).refusal?.code, 'not-found', String(number))
})

test('only a sovereign operator erases; a co-operator’s order waits for one, and a hold of theirs does not', () => {
  const domain = new SmallDomain()
  const kim = domain.enrol('kim', 'co-operator')
  assert.deepEqual(kinds(domain.order(erase(bob), { operator: kim })), ['order.proposed'])
  assert.deepEqual(kinds(domain.order({ do: 'hold.place', reason: 'x' }, { operator: kim })), ['hold.placed'])
  const [placed] = domain.log.filter((event) => event.kind === 'hold.placed')
  const release = { do: 'hold.release', hold: placed?.seq ?? id<never>(0), reason: '' } as const
  assert.deepEqual(kinds(domain.order(release, { operator: kim })), ['order.proposed'])
})

test('a legal hold beats erasure until it is released, and the recorded refusal says whose it is and why', () => {
  const domain = new SmallDomain()
  const [placed] = domain.order({ do: 'hold.place', reason: 'case 7', process: bobsProcess }).events
  const refused = domain.order(erase(bob))
  assert.deepEqual(kinds(refused), ['order.refused'])
  assert.match(refused.refusal?.message ?? '', /Legal hold \d+ by ada: case 7/u)
  assert.deepEqual(kinds(domain.order(erase(eve))), ['subject.erased'])
  domain.order({ do: 'hold.release', hold: placed?.seq ?? id(0), reason: 'settled' })
  assert.deepEqual(kinds(domain.order(erase(bob))), ['subject.erased'])
})

test('a hold without a subject covers everybody, and one of a time keeps what falls into it', () => {
  const domain = new SmallDomain()
  domain.order({ do: 'hold.place', reason: 'audit', since: id(1_000), until: id(2_000) })
  assert.equal(domain.order(erase(bob)).refusal?.code, 'not-entitled')
  assert.notEqual(whyHeld(domain.state, { since: 0, until: 1_000 }), null)
  assert.equal(whyHeld(domain.state, { since: 0, until: 999 }), null)
  assert.equal(whyHeld(domain.state, { since: 2_001, until: 9_000 }), null)
  const backwards = domain.order({ do: 'hold.place', reason: '', since: id(2), until: id(1) })
  assert.equal(backwards.refusal?.code, 'bad-request')
})

test('an escrow is recorded with whose keys are in it, and only a sovereign orders one', () => {
  const domain = new SmallDomain()
  const kim = domain.enrol('kim', 'co-operator')
  const digest = sha256Hex('a file')
  const create = (subjects: readonly number[]): OrderAction => ({ do: 'escrow.create', digest, subjects })
  assert.deepEqual(kinds(domain.order(create([]), { operator: kim })), ['order.proposed'])
  const [made] = domain.order(create([bob, eve])).events
  assert.equal(made?.kind, 'escrow.created')
  assert.deepEqual([made.body.digest, made.body.subjects], [digest, [bob, eve]])
  assert.equal(domain.order(create([1_000])).refusal?.code, 'not-found')
  domain.order(erase(bob))
  assert.equal(domain.order(create([bob])).refusal?.code, 'not-found', 'its key is being destroyed')
})

test('a reading is recorded as it was stated, and one that says nothing is refused', () => {
  const domain = new SmallDomain()
  const reading = { reader: 'ada', purpose: 'ledger show', from: id<never>(1), to: id<never>(9) }
  assert.deepEqual(kinds(domain.do({ kind: 'payload.read', ...reading })), ['payload.read'])
  for (const wrong of [{ reader: '' }, { purpose: 'x'.repeat(2_000) }, { from: id<never>(10) }])
    assert.equal(
      domain.do({ kind: 'payload.read', ...reading, ...wrong }).refusal?.code,
      'bad-request',
      JSON.stringify(wrong),
    )
})

test('the fold gives the same state, and a domain without subjects has the members it had before', () => {
  const before = Object.keys(new SmallDomain().state)
  assert.ok(!before.includes('subjects') && !before.includes('holds'))
  const { domain, carol } = withCarol()
  addFor(domain, 'kim', carol)
  domain.order({ do: 'hold.place', reason: 'case 7', subject: eve })
  domain.order({ do: 'subject.add', name: 'dora' })
  domain.order(erase(carol))
  domain.do({ kind: 'erasure.complete', subject: carol })
  const folded = initialState()
  for (const event of domain.log) evolve(folded, event)
  assert.equal(stateRoot(folded), stateRoot(domain.state))
  const kept = stateOfBytes(stateBytes(domain.state))
  assert.equal(stateRoot(kept), stateRoot(domain.state), 'a snapshot keeps subjects and holds')
  assert.equal(subjectOf(kept, bobsProcess), bob)
})

test('a call whose payload is about somebody else than its process remembers whom', () => {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read'], where, ask: true })
  const bytes = '{}'
  const payload = { commitment: sha256Hex(bytes), length: 2, bytes: null, subject: eve }
  const [held] = domain.do({
    kind: 'call.request',
    process: bobsProcess,
    designation: { object: id(2) },
    selector: 'tools/read',
    arguments: {},
    payload,
    nonce: '0'.repeat(32),
    saltedDigest: () => sha256Hex('salt'),
  }).events
  assert.equal(held?.kind, 'call.held')
  const call = domain.state.calls.get(held.body.call)
  assert.ok(call !== undefined)
  assert.equal(subjectOfCall(domain.state, call), eve)
  assert.deepEqual(kinds(domain.order(erase(eve))), ['subject.erased', 'call.lapsed'])
})
