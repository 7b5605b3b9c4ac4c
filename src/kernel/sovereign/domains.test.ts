/** Domains and statements: each hears all that concerns it and nothing else, and acts on what it heard last. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../base/hash.ts'
import { id } from '../../base/ids.ts'
import type { Decision } from '../decision.ts'
import { limits } from '../limits.ts'
import { stateRoot } from '../root.ts'
import { SmallKernel, SmallRealm, keyNamed, realmStart } from '../../../test/harness/small-realm.ts'
import { kinds, smallManifest } from '../../../test/harness/small-domain.ts'
import type { Statement } from './statement.ts'
import { parseStatement } from './statement.ts'

const code = ({ refusal }: Decision): string | undefined => refusal?.code
const addAgent = (name: string) => ({ do: 'agent.add', name, tokenDigest: sha256Hex(name) }) as const

function textTo(realm: SmallRealm, name: string): string {
  const text = realm.newestText(name)
  assert.ok(text !== null)
  return text
}

function said(realm: SmallRealm, name: string): Statement {
  const statement = parseStatement(Buffer.from(textTo(realm, name)))
  assert.ok(statement !== null)
  return statement
}

test('a domain begins with its sovereign’s first statement and nobody of its own', () => {
  const member = new SmallKernel('main', { role: 'member', sovereign: keyNamed('s') })
  assert.equal(member.state.operators.size, 0)
  assert.equal(code(member.order('ada', addAgent('bot'))), 'signature-invalid')
  const realm = new SmallRealm('main')
  assert.deepEqual(
    [...realm.member('main').state.operators.values()].map(({ id: operator, name }) => [operator, name]),
    [[1, 'ada']],
  )
})

test('a change is said to every domain that it concerns, once, and to no other', () => {
  const realm = new SmallRealm('main', 'shop')
  const before = [said(realm, 'main').statement, said(realm, 'shop').statement]
  realm.sovereign.enrol('ada', 'dora', 'domain-sovereign', 'shop')
  realm.carry()
  realm.carry()
  assert.deepEqual(
    [said(realm, 'main').statement, said(realm, 'shop').statement],
    [before[0], (before[1] ?? 0) + 1],
  )
  realm.sovereign.enrol('ada', 'carol', 'co-operator')
  realm.carry()
  assert.deepEqual(
    said(realm, 'main').operators.map(({ operator, name }) => [operator, name]),
    [
      [1, 'ada'],
      [2, 'carol'],
    ],
  )
  assert.deepEqual(
    said(realm, 'shop').operators.map(({ name }) => name),
    ['ada', 'dora', 'carol'],
  )
  assert.doesNotMatch(textTo(realm, 'main'), /dora|shop/)
})

test('an operator keeps their id in a domain, whoever else comes and goes', () => {
  const realm = new SmallRealm('main')
  const { sovereign } = realm
  const main = realm.member('main')
  main.order('ada', addAgent('bot'))
  sovereign.enrol('ada', 'bob', 'sovereign')
  realm.carry()
  const bob = main.operator('bob')
  assert.equal(Number(bob), 4, 'after operator 1, agent 2 and process 3')
  sovereign.order('bob', { do: 'operator.revoke', operator: sovereign.operator('ada'), reason: 'lost' })
  sovereign.enrol('bob', 'carol', 'co-operator')
  realm.carry()
  assert.equal(main.operator('bob'), bob)
  assert.equal(main.state.operators.get(id(1))?.status, 'lost')
  assert.equal(code(main.order('ada', addAgent('x'))), 'not-entitled')
  assert.equal(main.state.nextObject, 6)
})

test('hearing the same statement again changes nothing, and an older one is not heard', () => {
  const realm = new SmallRealm('main')
  const main = realm.member('main')
  const old = textTo(realm, 'main')
  assert.deepEqual(realm.tell(main, old), { events: [], refusal: null })
  realm.sovereign.enrol('ada', 'bob', 'sovereign')
  realm.carry()
  const root = stateRoot(main.state)
  assert.equal(code(realm.tell(main, old)), 'order-stale')
  assert.equal(stateRoot(main.state), root)
})

test('a statement counts only with the sovereign’s signature, for this domain, and word for word', () => {
  const realm = new SmallRealm('main', 'shop')
  const main = realm.member('main')
  realm.sovereign.enrol('ada', 'bob', 'sovereign')
  realm.sovereign.do({ kind: 'statement.issue', because: 'change' })
  const text = textTo(realm, 'main')
  assert.equal(code(realm.tell(main, text, false)), 'signature-invalid')
  assert.equal(code(realm.tell(main, textTo(realm, 'shop'))), 'not-entitled')
  const value = JSON.parse(text) as { [name: string]: unknown }
  const wrong: readonly unknown[] = [
    ` ${text}`,
    { ...value, extra: 1 },
    { ...value, status: 'halted' },
    { ...value, statement: 0 },
    { ...value, operators: [] }, // shorter than what was heard
    { ...value, operators: [{ ...said(realm, 'main').operators[0], operator: 2 }] },
    { ...value, operators: [{ ...said(realm, 'main').operators[0], level: 'root' }] },
    { ...value, operators: [{ ...said(realm, 'main').operators[0], publicKey: 'AAAA' }] },
    { ...value, canon: { version: 1 } },
  ]
  for (const item of wrong) {
    const odd = typeof item === 'string' ? item : JSON.stringify(item)
    assert.equal(code(realm.tell(main, odd)), 'bad-request', odd)
  }
  assert.equal(realm.tell(main, text).refusal, null)
  const alone = new SmallKernel('main', { operatorName: 'ada', operatorKey: keyNamed('ada') })
  assert.equal(code(realm.tell(alone, text)), 'not-entitled')
  assert.equal(code(realm.tell(realm.sovereign, text)), 'not-entitled')
})

test('a statement is renewed when half of its validity has passed, and not before', () => {
  const realm = new SmallRealm('main')
  const first = said(realm, 'main')
  assert.equal(first.validUntil - first.at, limits.statementMs)
  realm.now = realmStart + limits.statementMs / 2
  realm.carry()
  assert.equal(said(realm, 'main').statement, first.statement)
  realm.now = realmStart + limits.statementMs / 2 + 1
  realm.carry()
  assert.equal(said(realm, 'main').statement, first.statement + 1)
})

test('without a valid statement a domain only lessens', () => {
  const realm = new SmallRealm('main')
  const main = realm.member('main')
  main.order('ada', addAgent('bot'))
  main.now = realmStart + limits.statementMs - 1
  assert.deepEqual(kinds(main.order('ada', addAgent('eve'))), ['agent.added'])
  main.now = realmStart + limits.statementMs
  const late = main.order('ada', addAgent('more'))
  assert.equal(code(late), 'not-entitled')
  assert.match(late.refusal?.message ?? '', /statement has expired/)
  assert.deepEqual(kinds(main.order('ada', { do: 'agent.remove', agent: id(2) })), ['agent.removed'])
})

test('a frozen domain keeps everything and begins nothing; unfrozen, it goes on', () => {
  const realm = new SmallRealm('main')
  const main = realm.member('main')
  main.order('ada', addAgent('bot'))
  realm.sovereign.order('ada', { do: 'domain.freeze', name: 'main', reason: 'look' })
  realm.carry()
  assert.equal(code(main.order('ada', addAgent('eve'))), 'halted')
  const spawn = {
    kind: 'process.spawn',
    process: id<never>(3),
    name: 'x',
    tokenDigest: sha256Hex('t'),
    boundary: '',
  } as const
  assert.equal(code(main.do(spawn)), 'halted')
  assert.equal(main.state.agents.size, 1)
  realm.sovereign.order('ada', { do: 'domain.unfreeze', name: 'main' })
  realm.carry()
  assert.deepEqual(kinds(main.order('ada', addAgent('eve'))), ['agent.added'])
})

test('in a frozen domain no call is asked for, derived for or sent on its way', () => {
  const realm = new SmallRealm('main')
  const main = realm.member('main')
  main.order('ada', { do: 'driver.add', name: 'files', manifest: smallManifest() })
  const definitions = new Map(smallManifest().selectors.map(({ selector, digest }) => [selector, digest]))
  main.do({ kind: 'driver.attach', driver: id(2), definitions })
  main.order('ada', addAgent('bot'))
  const caveats = { selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } } } as const
  main.order('ada', { do: 'capability.grant', holder: id(4), object: id(2), caveats })
  const ask = {
    kind: 'call.request',
    process: id<never>(4),
    designation: { object: id<never>(2) },
    selector: 'tools/read',
    arguments: {},
    payload: { commitment: sha256Hex('{}'), length: 2, bytes: null },
    nonce: '0'.repeat(32),
    saltedDigest: () => sha256Hex('salt'),
  } as const
  assert.deepEqual(kinds(main.do(ask)), ['call.admitted'])
  realm.sovereign.order('ada', { do: 'domain.freeze', name: 'main', reason: '' })
  realm.carry()
  assert.equal(code(main.do(ask)), 'halted')
  const derive = {
    kind: 'capability.derive',
    process: id<never>(4),
    handle: id<never>(1),
    holder: id<never>(4),
    caveats: {},
  } as const
  assert.equal(code(main.do(derive)), 'halted')
  const stopped = main.do({ kind: 'call.recheck', call: id(1) })
  assert.equal(code(stopped), 'halted')
  assert.deepEqual(kinds(stopped), ['call.settled'], 'let through before, and not sent')
})

test('a domain is registered once, frozen and unfrozen in turn, and removed for good', () => {
  const realm = new SmallRealm('main')
  const { sovereign } = realm
  const freeze = { do: 'domain.freeze', name: 'shop', reason: '' } as const
  const unfreeze = { do: 'domain.unfreeze', name: 'shop' } as const
  const remove = { do: 'domain.remove', name: 'shop' } as const
  const register = { do: 'domain.register', name: 'shop', weight: 7 } as const
  assert.equal(code(sovereign.order('ada', freeze)), 'not-found')
  assert.equal(sovereign.order('ada', register).refusal, null)
  realm.carry()
  assert.equal(said(realm, 'shop').weight, 7)
  assert.equal(code(sovereign.order('ada', register)), 'name-taken')
  assert.equal(code(sovereign.order('ada', { ...register, name: 'sovereign' })), 'name-taken')
  assert.equal(code(sovereign.order('ada', unfreeze)), 'bad-request')
  assert.equal(sovereign.order('ada', freeze).refusal, null)
  assert.equal(code(sovereign.order('ada', freeze)), 'bad-request')
  assert.equal(sovereign.order('ada', remove).refusal, null)
  for (const order of [freeze, unfreeze, remove])
    assert.equal(code(sovereign.order('ada', order)), 'not-found')
  assert.equal(code(sovereign.order('ada', register)), 'name-taken')
  realm.carry()
  assert.equal(code(realm.member('shop').order('ada', addAgent('bot'))), 'halted')
})

test('what a domain acts on is noted as it says, and nothing that it was never told', () => {
  const realm = new SmallRealm('main')
  const { sovereign } = realm
  const noted = () => sovereign.state.domains?.get('main')?.acknowledged
  assert.equal(noted()?.statement, 1)
  const said = {
    name: 'main',
    statement: 1,
    canonVersion: 1,
    canonDigest: 'd',
    ledgerKey: keyNamed('main ledger'),
  }
  const count = sovereign.log.length
  assert.equal(sovereign.do({ kind: 'domain.acknowledge', ...said }).refusal, null)
  for (const odd of [
    { ...said, statement: 2 },
    { ...said, name: 'shop' },
    { ...said, ledgerKey: keyNamed('another') },
  ])
    assert.notEqual(sovereign.do({ kind: 'domain.acknowledge', ...odd }).refusal, null)
  assert.equal(sovereign.log.length, count)
  sovereign.enrol('ada', 'bob', 'sovereign')
  sovereign.do({ kind: 'statement.issue', because: 'change' })
  const impostor = { ...said, statement: 2, ledgerKey: keyNamed('another') }
  assert.equal(code(sovereign.do({ kind: 'domain.acknowledge', ...impostor })), 'bad-request')
})
