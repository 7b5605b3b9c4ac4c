/** Explanations, on a ledger made by the real fold with real signatures. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import { id } from '../base/ids.ts'
import { generateSigningKey, publicKeyOf, sign } from '../base/signature.ts'
import type { Event } from '../kernel/event.ts'
import { enrolmentText } from '../kernel/sovereign/operators.ts'
import type { HistoryOperator } from '../../test/harness/signed-history.ts'
import { SignedHistory } from '../../test/harness/signed-history.ts'
import { assertFoundAsRead } from '../../test/harness/stored-view.ts'
import { viewOf } from './ledger-view.ts'
import type { Explanation } from './why.ts'
import { explain, lastOfCall } from './why.ts'
import { explanationJson, showExplanation } from './why-rendering.ts'

/** A write that was held, approved and done under a grant with two uses. */
function approvedWrite(): SignedHistory {
  const history = new SignedHistory()
  history.grant({
    selectors: ['tools/write'],
    where: { '*': { arguments: { path: { constraint: { within: '/data' } } } } },
    uses: 2,
    ask: true,
  })
  history.call({ path: '/data/\u202ex' })
  const { call, approvalDigest } = history.last('call.held').body
  history.order({ do: 'call.approve', call, digest: approvalDigest, comment: 'looks right' })
  history.settle(call)
  return history
}

test('an approved call is explained up to the signed grant, with the terms of that moment', () => {
  const history = approvedWrite()
  const explanation = explain(viewOf(history.events), history.last('call.settled').seq)
  assert.ok(explanation !== null)
  assert.equal(explanation.sound, true)
  assert.deepEqual(
    explanation.authority.map(({ how }) => how),
    ['approved', 'granted'],
  )
  assert.equal(explanation.authority[1]?.usesLeft, 1)
  assert.equal(explanation.decisions[0]?.comment, 'looks right')
  assert.deepEqual(
    explanation.call.map(({ kind }) => kind),
    ['call.held', 'call.approved', 'call.admitted', 'call.settled'],
  )
  const text = showExplanation(explanation).join('\n')
  assert.match(text, /path within \/data; no others/u)
  assert.match(text, /granted by operator ada/u)
  assert.match(text, /“looks right”/u)
  assert.match(text, /"path":"\/data\/\\u\{202e\}x"/u)
  assert.match(text, /every signature cited here verifies/u)
  assert.doesNotThrow(() => JSON.stringify(explanationJson(explanation)))
})

test('what happened later does not change what the terms were', () => {
  const history = approvedWrite()
  const { seq } = history.last('call.settled')
  const { capability } = history.last('capability.granted').body
  history.order({ do: 'capability.revoke', capability })
  const explanation = explain(viewOf(history.events), seq)
  assert.equal(explanation?.authority.at(-1)?.revoked, false)
  const revoked = explain(viewOf(history.events), history.last('capability.revoked').seq)
  assert.equal(revoked?.order?.sound, true)
})

test('a refusal is explained with what would be needed', () => {
  const history = new SignedHistory()
  history.call({ path: '/data/x' })
  const { seq } = history.last('syscall.refused')
  const explanation = explain(viewOf(history.events), seq)
  assert.ok(explanation !== null)
  assert.match(showExplanation(explanation).join('\n'), /needed {4}\S/u)
})

test('a cited signature that does not hold is never called sound', async () => {
  const history = approvedWrite()
  const { seq } = history.last('call.settled')
  const lies: readonly ((event: Event) => Event)[] = [
    // Signed by somebody else.
    (event) =>
      event.kind === 'operator.enrolled'
        ? { ...event, body: { ...event.body, publicKey: publicKeyOf(generateSigningKey()) } }
        : event,
    // The event grants more than the operator signed.
    (event) =>
      event.kind === 'capability.granted'
        ? { ...event, body: { ...event.body, caveats: { ...event.body.caveats, uses: 100 } } }
        : event,
    // The approval was signed for another call's digest.
    (event) =>
      event.kind === 'call.held'
        ? { ...event, body: { ...event.body, approvalDigest: '00'.repeat(32) } }
        : event,
    // The record was rewritten.
    (event) =>
      event.kind === 'call.approved'
        ? { ...event, body: { ...event.body, signed: { ...event.body.signed, record: canonicalJson({}) } } }
        : event,
  ]
  for (const [index, lie] of lies.entries()) {
    const explanation = explain(viewOf(history.events.map(lie)), seq)
    assert.equal(explanation?.sound, false, `lie ${index}`)
    assert.match(showExplanation(explanation).join('\n'), /DOES NOT HOLD/u)
    await assertFoundAsRead(history.events.map(lie))
  }
})

test('every event of a history can be explained, and what is not there cannot', () => {
  const { events } = approvedWrite()
  for (const { seq } of events) assert.ok(explain(viewOf(events), seq) !== null)
  assert.equal(explain(viewOf(events), events.length + 1), null)
})

/** Explains, or fails. */
function explained(history: SignedHistory, seq: number): Explanation {
  const explanation = explain(viewOf(history.events), seq)
  assert.ok(explanation !== null)
  return explanation
}

/** Enrols one more operator with a key of their own. */
function enrol(history: SignedHistory, name: string, level: 'sovereign' | 'co-operator'): HistoryOperator {
  const privateKey = generateSigningKey()
  const person = { name, level, publicKey: publicKeyOf(privateKey) }
  history.order({
    do: 'operator.enrol',
    ...person,
    proof: sign(privateKey, Buffer.from(enrolmentText(person))),
  })
  return { operator: history.last('operator.enrolled').body.operator, privateKey, ...person }
}

test('every event is followed up to a person, with name and level', () => {
  const history = approvedWrite()
  for (const event of history.events) {
    const { origins, sound } = explained(history, event.seq)
    assert.equal(sound, true)
    const people = origins.filter(({ kind }) => kind === 'operator')
    if (event.seq > 2) assert.ok(people.length > 0, `#${event.seq} ${event.kind} ends with a person`)
    assert.ok(event.kind === 'domain.created' || origins.some(({ kind }) => kind === 'domain'))
  }
  const { origins } = explained(history, history.last('call.settled').seq)
  assert.deepEqual(
    origins.map(({ kind, made, order }) => [kind, made.kind, order?.operatorName, order?.operatorLevel]),
    [
      ['driver', 'driver.added', 'ada', 'sovereign'],
      ['operator', 'operator.enrolled', undefined, undefined],
      ['process', 'agent.added', 'ada', 'sovereign'],
      ['domain', 'domain.created', undefined, undefined],
    ],
  )
})

test('a key that was rotated later still verifies what it signed before, and nothing else', async () => {
  const history = approvedWrite()
  const { seq } = history.last('call.settled')
  const privateKey = generateSigningKey()
  const person = { name: 'ada', level: 'sovereign', publicKey: publicKeyOf(privateKey) } as const
  const proof = sign(privateKey, Buffer.from(enrolmentText(person)))
  history.order({ do: 'operator.rotate', operator: id(1), publicKey: person.publicKey, proof })
  assert.equal(explained(history, history.last('operator.rotated').seq).sound, true)
  assert.equal(explained(history, seq).sound, true)
  history.order(
    { do: 'agent.add', name: 'late', tokenDigest: sha256Hex('late') },
    { operator: 1, ...person, privateKey },
  )
  assert.equal(explained(history, history.last('agent.added').seq).sound, true)
  // The same order under the old key would not have been heard; a ledger that says so is not believed.
  const { signature } = history.last('capability.granted').body.signed
  const lied = history.events.map((event) =>
    event.kind === 'agent.added'
      ? { ...event, body: { ...event.body, signed: { ...event.body.signed, signature } } }
      : event,
  )
  assert.equal(explain(viewOf(lied), history.last('agent.added').seq)?.sound, false)
  for (const events of [history.events, lied]) await assertFoundAsRead(events)
})

test('of an order that two people gave, both are named and both signatures count', async () => {
  const history = approvedWrite()
  const ben = enrol(history, 'ben', 'co-operator')
  history.order({ do: 'agent.add', name: 'second', tokenDigest: sha256Hex('second') }, ben)
  const { seq: proposal, body } = history.last('order.proposed')
  assert.equal(explained(history, proposal).sound, true)
  history.order({ do: 'order.confirm', proposal, digest: body.digest })
  const made = history.last('agent.added')
  const { order, causes } = explained(history, made.seq)
  assert.equal(order?.operatorName, 'ben')
  assert.equal(order.operatorLevel, 'co-operator')
  assert.equal(order.second?.operatorName, 'ada')
  assert.deepEqual(
    causes.map(({ kind }) => kind),
    ['order.confirmed', 'order.proposed'],
  )
  assert.match(
    showExplanation(explained(history, made.seq)).join('\n'),
    /confirmed by operator ada \(sovereign\)/u,
  )
  const lied = history.events.map((event) =>
    event.kind === 'order.confirmed'
      ? {
          ...event,
          body: { ...event.body, signed: { ...event.body.signed, signature: body.signed.signature } },
        }
      : event,
  )
  assert.equal(explain(viewOf(lied), made.seq)?.sound, false)
  for (const events of [history.events, lied]) await assertFoundAsRead(events)
})

test('a refusal names what each capability said then, and what came later does not change it', () => {
  const history = new SignedHistory()
  const where = { '*': { arguments: { path: { constraint: { within: '/data' } } } } }
  history.grant({ selectors: ['tools/write'], where, expiresAt: id(history.now + 5_000) })
  history.call({ path: '/etc/x' })
  const { seq } = history.last('syscall.refused')
  history.now += 60_000
  history.order({ do: 'capability.revoke', capability: id(1) })
  const { refusedBy } = explained(history, seq)
  assert.deepEqual(
    refusedBy.flatMap(({ objections }) => objections.map(({ capability, code }) => [capability, code])),
    [[1, 'argument-refused']],
  )
})

test('a narrowing is explained with the terms before and after it', () => {
  const history = approvedWrite()
  const caveats = { selectors: ['tools/write'], expiresAt: id<never>(history.now + 60_000) }
  const before = history.last('call.settled').seq
  history.order({ do: 'capability.narrow', capability: id(1), caveats })
  const narrowed = explained(history, history.last('capability.narrowed').seq)
  assert.equal(narrowed.sound, true)
  assert.equal(narrowed.authority[0]?.caveats.expiresAt, caveats.expiresAt)
  assert.deepEqual(
    narrowed.authority[0].changes.map(({ made, order }) => [made.kind, order?.operatorName]),
    [['capability.narrowed', 'ada']],
  )
  assert.deepEqual(explained(history, before).authority.at(-1)?.changes, [])
  assert.equal(explained(history, before).authority.at(-1)?.caveats.expiresAt, undefined)
})

test('a call is found by its number', () => {
  const history = approvedWrite()
  const { body, seq } = history.last('call.settled')
  assert.equal(lastOfCall(viewOf(history.events), body.call), seq)
  assert.equal(lastOfCall(viewOf(history.events), 99), null)
})
