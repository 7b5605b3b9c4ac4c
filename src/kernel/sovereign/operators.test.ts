/** Operators: enrolled by proof, with levels that reach so far; keys rotated, lost and revoked. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../base/hash.ts'
import { id } from '../../base/ids.ts'
import type { OrderAction } from '../command.ts'
import type { Decision } from '../decision.ts'
import { SmallKernel, SmallRealm, keyNamed, someProof } from '../../../test/harness/small-realm.ts'
import { kinds } from '../../../test/harness/small-domain.ts'
import { enrolmentText } from './operators.ts'

const code = ({ refusal }: Decision): string | undefined => refusal?.code
const addAgent = (name: string): OrderAction => ({ do: 'agent.add', name, tokenDigest: sha256Hex(name) })
const rotate = (operator: number, name: string): OrderAction => ({
  do: 'operator.rotate',
  operator: id(operator),
  publicKey: keyNamed(name),
  proof: someProof,
})
const revoke = (operator: number, reason: 'lost' | 'revoked' = 'revoked'): OrderAction => ({
  do: 'operator.revoke',
  operator: id(operator),
  reason,
})

test('a key is enrolled when it signed for itself, and under a name and a key that nobody has or had', () => {
  const { sovereign } = new SmallRealm('main')
  const enrol: OrderAction = {
    do: 'operator.enrol',
    name: 'bob',
    level: 'sovereign',
    publicKey: keyNamed('bob'),
    proof: someProof,
  }
  assert.equal(code(sovereign.order('ada', enrol, { proven: false })), 'signature-invalid')
  assert.deepEqual(kinds(sovereign.order('ada', enrol)), ['operator.enrolled'])
  assert.equal(code(sovereign.order('ada', enrol)), 'name-taken')
  assert.equal(code(sovereign.order('ada', { ...enrol, name: 'bobby' })), 'name-taken', 'the same key')
  assert.deepEqual(kinds(sovereign.order('ada', revoke(sovereign.operator('bob')))), ['operator.revoked'])
  assert.equal(code(sovereign.order('ada', { ...enrol, publicKey: keyNamed('new') })), 'name-taken')
  assert.equal(code(sovereign.order('ada', { ...enrol, name: 'other' })), 'name-taken', 'a revoked key')
})

test('what a new key signs names the person, the level and the domain', () => {
  const person = { name: 'bob', level: 'domain-sovereign', publicKey: 'k', domain: 'shop' } as const
  assert.equal(
    enrolmentText(person),
    'custos-enrol-v1\n{"domain":"shop","level":"domain-sovereign","name":"bob","publicKey":"k"}',
  )
})

test('a domain-sovereign is enrolled for a domain that there is', () => {
  const { sovereign } = new SmallRealm('main')
  assert.equal(code(sovereign.enrol('ada', 'dora', 'domain-sovereign', 'shop')), 'not-found')
  sovereign.order('ada', { do: 'domain.register', name: 'shop', weight: 1 })
  assert.deepEqual(kinds(sovereign.enrol('ada', 'dora', 'domain-sovereign', 'shop')), ['operator.enrolled'])
  sovereign.order('ada', { do: 'domain.remove', name: 'shop' })
  assert.equal(code(sovereign.enrol('ada', 'eva', 'domain-sovereign', 'shop')), 'not-found')
})

test('who replaces a key: its holder, or a sovereign; and the old one is worth nothing', () => {
  const { sovereign } = new SmallRealm('main')
  sovereign.enrol('ada', 'bob', 'co-operator')
  sovereign.enrol('ada', 'carol', 'co-operator')
  const bob = sovereign.operator('bob')
  assert.deepEqual(kinds(sovereign.order('bob', rotate(bob, 'bob 2'))), ['operator.rotated'])
  assert.equal(sovereign.state.operators.get(bob)?.publicKey, keyNamed('bob 2'))
  assert.equal(code(sovereign.order('bob', rotate(bob, 'bob 3'), { proven: false })), 'signature-invalid')
  assert.deepEqual(
    kinds(sovereign.order('carol', rotate(bob, 'mine'))),
    ['order.proposed'],
    'not carol alone',
  )
  assert.equal(
    code(sovereign.order('ada', rotate(bob, 'carol'))),
    'name-taken',
    'the key of another operator',
  )
})

test('a lost key orders nothing until a sovereign replaces it, and a revoked one never again', () => {
  const { sovereign } = new SmallRealm('main')
  sovereign.enrol('ada', 'bob', 'sovereign')
  const bob = sovereign.operator('bob')
  const freeze = { do: 'domain.freeze', name: 'main', reason: '' } as const
  sovereign.order('ada', revoke(bob, 'lost'))
  assert.equal(code(sovereign.order('bob', freeze)), 'not-entitled')
  assert.equal(code(sovereign.order('bob', rotate(bob, 'thief'))), 'not-entitled', 'whoever found it')
  assert.deepEqual(kinds(sovereign.order('ada', rotate(bob, 'bob 2'))), ['operator.rotated'])
  assert.deepEqual(kinds(sovereign.order('bob', freeze)), ['domain.frozen'])
  sovereign.order('ada', revoke(bob))
  assert.equal(code(sovereign.order('bob', { do: 'domain.unfreeze', name: 'main' })), 'not-entitled')
  assert.equal(code(sovereign.order('ada', rotate(bob, 'bob 3'))), 'not-found')
})

test('the last active sovereign can be neither revoked nor lost', () => {
  const { sovereign } = new SmallRealm('main')
  sovereign.enrol('ada', 'bob', 'sovereign')
  sovereign.enrol('ada', 'carol', 'co-operator')
  assert.deepEqual(kinds(sovereign.order('ada', revoke(sovereign.operator('bob'), 'lost'))), [
    'operator.revoked',
  ])
  for (const reason of ['lost', 'revoked'] as const)
    assert.equal(code(sovereign.order('ada', revoke(sovereign.operator('ada'), reason))), 'not-entitled')
})

test('the sovereign executes nothing, and a domain hears nothing about operators and domains', () => {
  const realm = new SmallRealm('main')
  const main = realm.member('main')
  const inside: readonly OrderAction[] = [
    addAgent('bob'),
    { do: 'agent.remove', agent: id(2) },
    { do: 'driver.remove', driver: id(2) },
    { do: 'capability.revoke', capability: id(1) },
    { do: 'call.deny', call: id(1), digest: 'a'.repeat(64), comment: '' },
    { do: 'process.kill', process: id(2), reason: '' },
  ]
  for (const order of inside)
    assert.equal(code(realm.sovereign.order('ada', order)), 'not-entitled', order.do)
  const above: readonly OrderAction[] = [
    { do: 'operator.enrol', name: 'eve', level: 'sovereign', publicKey: keyNamed('eve'), proof: someProof },
    rotate(1, 'eve'),
    revoke(1),
    { do: 'domain.register', name: 'shop', weight: 1 },
    { do: 'domain.freeze', name: 'main', reason: '' },
    { do: 'domain.unfreeze', name: 'main' },
    { do: 'domain.remove', name: 'main' },
  ]
  for (const order of above) assert.equal(code(main.order('ada', order)), 'not-entitled', order.do)
  assert.deepEqual(kinds(main.order('ada', addAgent('bob'))), ['agent.added'])
})

test('a domain-sovereign does everything in one domain and nothing anywhere else', () => {
  const realm = new SmallRealm('main', 'shop')
  const { sovereign } = realm
  sovereign.enrol('ada', 'dora', 'domain-sovereign', 'shop')
  realm.carry()
  assert.deepEqual(kinds(realm.member('shop').order('dora', addAgent('bob'))), ['agent.added'])
  assert.equal(
    code(realm.member('main').order('dora', addAgent('bob'))),
    'signature-invalid',
    'unknown there',
  )
  const above: readonly OrderAction[] = [
    { do: 'domain.freeze', name: 'main', reason: '' },
    { do: 'domain.unfreeze', name: 'shop' },
    { do: 'operator.enrol', name: 'eve', level: 'sovereign', publicKey: keyNamed('eve'), proof: someProof },
    revoke(1),
  ]
  const halt = { requestedAt: id<never>(1), requestedBy: 'ada', reason: '' }
  sovereign.do({ kind: 'kernel.boot', code: 'test', policyVersion: 'builtin-1', halt })
  assert.equal(code(sovereign.order('dora', { do: 'domain.resume' })), 'not-entitled', 'not her domain')
  sovereign.order('ada', { do: 'domain.resume' })
  for (const order of above) assert.equal(code(sovereign.order('dora', order)), 'not-entitled', order.do)
  const own = sovereign.operator('dora')
  assert.deepEqual(kinds(sovereign.order('dora', rotate(own, 'dora 2'))), ['operator.rotated'])
})

test('a co-operator lessens alone and proposes everything else', () => {
  const realm = new SmallRealm('main')
  realm.sovereign.enrol('ada', 'carol', 'co-operator')
  realm.carry()
  const main = realm.member('main')
  main.order('ada', addAgent('bob'))
  const process = [...main.state.processes.keys()][0] ?? id<never>(0)
  assert.deepEqual(kinds(main.order('carol', addAgent('eve'))), ['order.proposed'])
  assert.deepEqual(kinds(main.order('carol', { do: 'process.kill', process, reason: '' })), [
    'process.killed',
  ])
  assert.deepEqual(kinds(realm.sovereign.order('carol', { do: 'domain.freeze', name: 'main', reason: '' })), [
    'domain.frozen',
  ])
  for (const order of [revoke(1), { do: 'domain.remove', name: 'main' } as const])
    assert.deepEqual(kinds(realm.sovereign.order('carol', order)), ['order.proposed'], order.do)
})

test('in a kernel alone one ledger carries both', () => {
  const alone = new SmallKernel('main', { operatorName: 'ada', operatorKey: keyNamed('ada') })
  assert.deepEqual(kinds(alone.enrol('ada', 'bob', 'co-operator')), ['operator.enrolled'])
  assert.deepEqual(kinds(alone.enrol('ada', 'dora', 'domain-sovereign', 'main')), ['operator.enrolled'])
  assert.equal(code(alone.enrol('ada', 'eve', 'domain-sovereign', 'shop')), 'not-found')
  assert.deepEqual(kinds(alone.order('bob', addAgent('x'))), ['order.proposed'])
  assert.deepEqual(kinds(alone.order('dora', addAgent('x'))), ['agent.added'])
  assert.equal(
    code(alone.enrol('dora', 'eve', 'sovereign')),
    'not-entitled',
    'operators are no domain’s matter',
  )
  for (const order of [
    { do: 'domain.register', name: 'shop', weight: 1 },
    { do: 'domain.freeze', name: 'main', reason: '' },
  ] as const)
    assert.equal(code(alone.order('ada', order)), 'not-entitled')
})
