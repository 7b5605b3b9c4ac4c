/** What drivers may ask of their clients: nothing, until it is declared, granted, and part of a call. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../../base/ids.ts'
import { SmallDomain, kinds } from '../../../test/harness/small-domain.ts'
import type { Caveats } from '../capability/terms.ts'
import { whyForOperator } from './reverse.ts'

const open = { '*': { arguments: {}, open: true } } as const
const form = { message: 'Which colour?', requestedSchema: { type: 'object', properties: { colour: {} } } }

/** Bob's call 1 is in flight at the driver, which holds `caveats` on itself. */
function serving(caveats: Caveats | null): SmallDomain {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read'], where: open })
  if (caveats !== null) assert.equal(domain.grant({ where: open, ...caveats }, 2).refusal, null)
  assert.deepEqual(kinds(domain.call('tools/read', {})), ['call.admitted'])
  return domain
}

test('a driver holds nothing by default, and its question is refused and recorded', () => {
  const domain = serving(null)
  for (const selector of ['client/roots', 'client/sampling', 'client/elicitation']) {
    const decision = domain.ask(selector, {}, 1)
    assert.equal(decision.refusal?.code, 'not-held')
    assert.deepEqual(kinds(decision), ['syscall.refused'])
  }
})

test('a driver that holds a reverse selector asks within the call it serves, and in no other', () => {
  const domain = serving({ selectors: ['client/sampling'] })
  assert.equal(domain.ask('client/sampling', {}).refusal?.code, 'not-found')
  assert.equal(domain.ask('client/sampling', {}, 99).refusal?.code, 'not-found')
  const asked = domain.ask('client/sampling', { maxTokens: 5 }, 1)
  assert.deepEqual(kinds(asked), ['call.admitted'])
  assert.equal(asked.events[0]?.cause, domain.state.calls.get(id(1))?.lastSeq)
  assert.equal(domain.ask('client/sampling', {}, 2).refusal?.code, 'not-found', 'a question is no such call')
  domain.settle(1)
  assert.equal(domain.ask('client/sampling', {}, 1).refusal?.code, 'not-found')
})

test('sampling runs on a budget of uses', () => {
  const domain = serving({ selectors: ['client/sampling'], uses: 1 })
  assert.equal(domain.ask('client/sampling', { n: 1 }, 1).refusal, null)
  assert.equal(domain.ask('client/sampling', { n: 2 }, 1).refusal?.code, 'exhausted')
})

test('roots may be asked at any time, because no client answers them', () => {
  const domain = serving({ selectors: ['client/roots'] })
  assert.deepEqual(kinds(domain.ask('client/roots', {})), ['call.admitted'])
})

test('nobody but the driver is given a reverse selector, and a driver is given nothing else', () => {
  const domain = new SmallDomain()
  assert.equal(domain.grant({ selectors: ['client/sampling'], where: open }, 4).refusal?.code, 'not-found')
  assert.equal(domain.grant({ selectors: ['tools/read'], where: open }, 2).refusal?.code, 'not-found')
  const onOther = { do: 'capability.grant', holder: id<never>(2), object: id<never>(4) } as const
  const decision = domain.order({ ...onOther, caveats: { selectors: ['capability/receive'], where: open } })
  assert.equal(decision.refusal?.code, 'not-found')
})

test('what the manifest does not declare is not asked, whatever was granted before', () => {
  const domain = serving({ selectors: ['client/sampling'] })
  const driver = domain.state.drivers.get(id(2))
  assert.ok(driver !== undefined)
  const { client: _, ...undeclared } = driver.program
  const manifest = { program: undeclared, selectors: [...driver.selectors.values()] }
  domain.order({ do: 'driver.update', driver: id(2), manifest })
  assert.equal(domain.ask('client/sampling', {}, 1).refusal?.code, 'canon')
})

test('a form about nothing in particular goes to the client, one about authority to an operator', () => {
  const domain = serving({ selectors: ['client/elicitation'] })
  assert.deepEqual(kinds(domain.ask('client/elicitation', form, 1)), ['call.admitted'])
  for (const asked of [
    { mode: 'url', message: 'See', url: 'https://example.org', elicitationId: '1' },
    { ...form, message: 'Approve the deletion?' },
    { ...form, requestedSchema: { properties: { apiKey: { type: 'string' } } } },
    { ...form, requestedSchema: { properties: { x: { title: 'Your password' } } } },
  ]) {
    const decision = domain.ask('client/elicitation', asked, 1)
    assert.deepEqual(kinds(decision), ['call.held'], JSON.stringify(asked))
  }
  for (const word of [
    'card_pin',
    'cardPin',
    'userLogin',
    'pass\u00adword',
    'p\u0430ssword',
    'ｐａｓｓｗｏｒｄ',
    'pässwörd',
  ])
    for (const asked of [
      { ...form, message: `Your ${word}?` },
      { requestedSchema: { properties: { [word]: {} } } },
    ])
      assert.notEqual(whyForOperator('client/elicitation', asked), null, word)
  for (const word of ['spinning', 'pinned', 'opinion', 'Größe', 'цвет', 'χρώμα'])
    assert.equal(whyForOperator('client/elicitation', { ...form, message: word }), null, word)
  let deep: object = {}
  for (let level = 0; level < 20; level++) deep = { properties: deep }
  assert.notEqual(whyForOperator('client/elicitation', { requestedSchema: deep as never }), null)
})

test('an operator answers, and the answer is in the signed order and the event', () => {
  const domain = serving({ selectors: ['client/elicitation'], ask: true })
  domain.ask('client/elicitation', form, 1)
  const held = domain.log.at(-1)
  assert.ok(held?.kind === 'call.held')
  assert.ok(held.body.expiresAt <= (domain.state.calls.get(id(1))?.dueAt ?? 0))
  const { call, approvalDigest } = held.body
  const answer = 'ab'.repeat(32)
  const decision = domain.order({ do: 'call.approve', call, digest: approvalDigest, comment: '', answer })
  assert.deepEqual(kinds(decision), ['call.approved', 'call.admitted'])
  const [approved] = decision.events
  assert.ok(approved?.kind === 'call.approved' && approved.body.answer === answer)
})

test('two equal questions are two questions, and each is withdrawn by itself', () => {
  const domain = serving({ selectors: ['client/elicitation'], ask: true })
  domain.ask('client/elicitation', form, 1)
  domain.ask('client/elicitation', form, 1)
  const held = domain.log.filter((event) => event.kind === 'call.held')
  assert.equal(held.length, 2)
  assert.deepEqual(kinds(domain.do({ kind: 'call.cancel', call: id(2), dispatched: false })), ['call.lapsed'])
  assert.equal(domain.state.calls.get(id(3))?.stage, 'held')
  assert.equal(domain.state.processes.get(id(2))?.held, 1)
})

test('when the adapter goes, the calls it served are in doubt and its questions are over', () => {
  const domain = serving({ selectors: ['client/elicitation', 'client/sampling'] })
  domain.ask('client/sampling', {}, 1)
  domain.ask('client/elicitation', { ...form, mode: 'url' }, 1)
  const decision = domain.do({
    kind: 'driver.detach',
    driver: id(2),
    incarnation: 1,
    reason: 'gone',
    undispatched: new Set(),
  })
  const ends = decision.events.map(({ kind, body }) => ('outcome' in body ? body.outcome : kind))
  assert.deepEqual(ends.sort(), ['call.lapsed', 'cancelled', 'driver.detached', 'in-doubt'])
  assert.equal(domain.state.calls.size, 0)
})

test('removing the driver ends what it held; its name and grants revive nothing', () => {
  const domain = serving({ selectors: ['client/roots'] })
  domain.order({ do: 'driver.remove', driver: id(2) })
  assert.equal(domain.state.processes.get(id(2))?.killed, true)
  assert.equal(domain.ask('client/roots', {}).refusal?.code, 'killed')
})

test('after an update nothing of the driver can be called until it has attached anew', () => {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read'], where: open })
  const driver = domain.state.drivers.get(id(2))
  assert.ok(driver !== undefined)
  const manifest = { program: driver.program, selectors: [...driver.selectors.values()] }
  assert.deepEqual(kinds(domain.order({ do: 'driver.update', driver: id(2), manifest })), ['driver.updated'])
  assert.equal(domain.call('tools/read', {}).refusal?.code, 'definition-changed')
  domain.do({
    kind: 'driver.detach',
    driver: id(2),
    incarnation: 1,
    reason: 'replaced',
    undispatched: new Set(),
  })
  domain.attach()
  assert.deepEqual(kinds(domain.call('tools/read', {})), ['call.admitted'])
})
