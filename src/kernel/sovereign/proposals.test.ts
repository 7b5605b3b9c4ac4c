/** Orders that need two people: proposed by one, carried out only when a different one confirms that very text. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../base/hash.ts'
import type { Seq } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { OrderAction } from '../command.ts'
import type { Decision } from '../decision.ts'
import { limits } from '../limits.ts'
import { SmallRealm, keyNamed, realmStart, someProof } from '../../../test/harness/small-realm.ts'
import type { SmallKernel } from '../../../test/harness/small-realm.ts'
import { kinds } from '../../../test/harness/small-domain.ts'

const code = ({ refusal }: Decision): string | undefined => refusal?.code
const addAgent = (name: string): OrderAction => ({ do: 'agent.add', name, tokenDigest: sha256Hex(name) })

/** A domain with ada and bob as sovereigns, and carol and dave as co-operators. */
function domain(): SmallKernel {
  const realm = new SmallRealm('main')
  realm.sovereign.enrol('ada', 'bob', 'sovereign')
  realm.sovereign.enrol('ada', 'carol', 'co-operator')
  realm.sovereign.enrol('ada', 'dave', 'co-operator')
  realm.carry()
  return realm.member('main')
}

/** The proposal that was just made, as a confirmation names it. */
function confirmation({ events }: Decision): OrderAction & { readonly do: 'order.confirm' } {
  const [proposed] = events
  assert.ok(proposed?.kind === 'order.proposed')
  return { do: 'order.confirm', proposal: proposed.seq, digest: proposed.body.digest }
}

test('a confirmed proposal is carried out at once, as the order of whoever proposed it', () => {
  const main = domain()
  const proposed = main.order('carol', addAgent('bot'))
  const decision = main.order('ada', confirmation(proposed))
  assert.deepEqual(kinds(decision), ['order.confirmed', 'agent.added'])
  const [confirmed, added] = decision.events
  assert.ok(added?.kind === 'agent.added' && confirmed?.kind === 'order.confirmed')
  assert.equal(added.actor.id, main.operator('carol'))
  assert.equal(added.cause, confirmed.seq)
  assert.equal(confirmed.body.operator, main.operator('ada'))
  assert.match(added.body.signed.record, /"agent.add"/, 'the event carries what carol signed')
  assert.equal(main.state.agents.size, 1)
  assert.equal(main.state.proposals?.size, 0)
})

test('nobody confirms their own proposal, and a co-operator confirms no other co-operator’s', () => {
  const main = domain()
  const confirm = confirmation(main.order('carol', addAgent('bot')))
  for (const name of ['carol', 'dave']) assert.equal(code(main.order(name, confirm)), 'not-entitled', name)
  assert.equal(main.state.agents.size, 0)
})

test('a confirmation is for one proposal, once, and for exactly its text', () => {
  const main = domain()
  const confirm = confirmation(main.order('carol', addAgent('bot')))
  assert.equal(code(main.order('ada', { ...confirm, digest: sha256Hex('another') })), 'version-mismatch')
  assert.equal(code(main.order('ada', { ...confirm, proposal: id<Seq>(1) })), 'not-found')
  assert.deepEqual(kinds(main.order('ada', confirm)), ['order.confirmed', 'agent.added'])
  assert.equal(code(main.order('ada', confirm)), 'not-found')
  assert.equal(main.state.agents.size, 1)
})

test('the proposed order itself cannot be sent again', () => {
  const main = domain()
  const nonce = 'f'.repeat(32)
  const confirm = confirmation(main.order('carol', addAgent('bot'), { nonce }))
  assert.equal(code(main.order('carol', addAgent('bot'), { nonce })), 'order-replayed')
  main.order('ada', confirm)
  assert.equal(code(main.order('carol', addAgent('bot'), { nonce })), 'order-replayed')
})

test('a proposal lapses when nobody decides it in time', () => {
  const main = domain()
  const confirm = confirmation(main.order('carol', addAgent('bot')))
  main.now = realmStart + limits.proposalMs
  assert.equal(code(main.order('ada', confirm)), 'not-found')
  const [declined] = main.do({ kind: 'clock.tick' }).events
  assert.ok(
    declined?.kind === 'order.declined' && declined.body.operator === 0 && declined.body.signed === null,
  )
  assert.equal(main.state.proposals?.size, 0)
})

test('whoever could confirm a proposal can decline it, and whoever made it can take it back', () => {
  const main = domain()
  for (const [name, expected] of [
    ['dave', 'not-entitled'],
    ['ada', undefined],
    ['carol', undefined],
  ] as const) {
    const { proposal } = confirmation(main.order('carol', addAgent('bot')))
    const decision = main.order(name, { do: 'order.decline', proposal, reason: 'no' })
    assert.equal(code(decision), expected, name)
    if (expected === undefined) assert.deepEqual(kinds(decision), ['order.declined'])
  }
})

test('what is confirmed is judged as it stands now, and a refusal leaves the proposal waiting', () => {
  const main = domain()
  const confirm = confirmation(main.order('carol', addAgent('bot')))
  main.order('ada', addAgent('bot'))
  const refused = main.order('ada', confirm)
  assert.equal(code(refused), 'name-taken')
  assert.deepEqual(kinds(refused), ['order.refused'])
  assert.equal(main.state.proposals?.size, 1)
})

test('what was proposed by an operator whose key was revoked since is worth nothing', () => {
  const realm = new SmallRealm('main')
  const { sovereign } = realm
  sovereign.enrol('ada', 'carol', 'co-operator')
  realm.carry()
  const main = realm.member('main')
  const confirm = confirmation(main.order('carol', addAgent('bot')))
  sovereign.order('ada', { do: 'operator.revoke', operator: sovereign.operator('carol'), reason: 'lost' })
  realm.carry()
  assert.equal(code(main.order('ada', confirm)), 'not-entitled')
  assert.equal(main.state.agents.size, 0)
})

test('a proposal that was signed under another policy is not carried out under this one', () => {
  const main = domain()
  const confirm = confirmation(main.order('carol', addAgent('bot')))
  main.do({ kind: 'kernel.boot', code: 'test', policyVersion: 'builtin-2', halt: null })
  assert.equal(code(main.order('ada', confirm, { policyVersion: 'builtin-2' })), 'version-mismatch')
  assert.equal(main.state.agents.size, 0)
})

test('while everything is halted, only what is heard then can be confirmed', () => {
  const main = domain()
  const confirm = confirmation(main.order('carol', addAgent('bot')))
  const halt = { requestedAt: id<never>(realmStart), requestedBy: 'ada', reason: '' }
  main.do({ kind: 'kernel.boot', code: 'test', policyVersion: 'builtin-1', halt })
  assert.equal(code(main.order('ada', confirm)), 'halted')
  const resume = confirmation(main.order('carol', { do: 'domain.resume' }))
  assert.deepEqual(kinds(main.order('ada', resume)), ['order.confirmed', 'domain.resumed'])
})

test('a new key is proven when its proposal is confirmed', () => {
  const { sovereign } = new SmallRealm('main')
  sovereign.enrol('ada', 'carol', 'co-operator')
  const enrol: OrderAction = {
    do: 'operator.enrol',
    name: 'eve',
    level: 'sovereign',
    publicKey: keyNamed('eve'),
    proof: someProof,
  }
  const confirm = confirmation(sovereign.order('carol', enrol))
  assert.equal(code(sovereign.order('ada', confirm, { proven: false })), 'signature-invalid')
  assert.deepEqual(kinds(sovereign.order('ada', confirm)), ['order.confirmed', 'operator.enrolled'])
})

test('proposals are bounded, and a confirmation or an answer to a question is none', () => {
  const main = domain()
  for (let count = 0; count < limits.proposalsPerOperator; count += 1)
    main.order('carol', addAgent(`bot${count}`))
  assert.equal(code(main.order('carol', addAgent('more'))), 'limit')
  assert.deepEqual(kinds(main.order('dave', addAgent('more'))), ['order.proposed'], 'nobody is kept out')
  const other = domain()
  const digest = sha256Hex('x')
  const answer: OrderAction = { do: 'call.approve', call: id(1), digest, comment: '', answer: digest }
  assert.equal(code(other.order('carol', answer)), 'bad-request')
})
