/** A capability is for one object: whatever it allows there, it lets nothing through to another. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain, kinds, smallManifest } from '../../../test/harness/small-domain.ts'
import { sha256Hex } from '../../base/hash.ts'
import { id } from '../../base/ids.ts'
import { firstEdition } from '../canon/first-edition.ts'
import type { Caveats } from '../capability/terms.ts'
import type { Decision } from '../decision.ts'

const open = { '*': { arguments: {}, open: true } } as const
const read: Caveats = { selectors: ['tools/read'], where: open }
const none: ReadonlySet<never> = new Set()

/** A second driver of the same manifest, attached; its id. */
function addMail(domain: SmallDomain): number {
  const [added] = domain.order({ do: 'driver.add', name: 'mail', manifest: smallManifest() }).events
  assert.ok(added?.kind === 'driver.added')
  const definitions = new Map(
    smallManifest().selectors.map(({ selector, digest }) => [selector, digest] as const),
  )
  domain.do({ kind: 'driver.attach', driver: added.body.driver, definitions })
  return added.body.driver
}

function ask(domain: SmallDomain, object: number, selector = 'tools/read', process = 4): Decision {
  return domain.do({
    kind: 'call.request',
    process: id(process),
    designation: { object: id(object) },
    selector,
    arguments: {},
    payload: { commitment: sha256Hex(`${object}`), length: 2, bytes: null },
    nonce: '0'.repeat(32),
    saltedDigest: () => 's',
  })
}

test('what one driver’s capability allows is refused at another driver of the same selectors', () => {
  const domain = new SmallDomain()
  const mail = addMail(domain)
  domain.grant(read)
  const refused = ask(domain, mail)
  assert.equal(refused.refusal?.code, 'not-held')
  const [event] = refused.events
  assert.equal(event?.kind === 'syscall.refused' && event.body.object, 0)
  assert.deepEqual(kinds(ask(domain, 2)), ['call.admitted'])
})

test('of what a process holds, only what is for the object that it names is used', () => {
  const domain = new SmallDomain()
  const mail = addMail(domain)
  domain.grant(read)
  domain.order({ do: 'capability.grant', holder: id(4), object: id(mail), caveats: { ...read, ask: true } })
  const [held] = ask(domain, mail).events
  assert.ok(held?.kind === 'call.held')
  assert.deepEqual([held.body.capability, held.body.object], [2, mail])
})

test('a capability on a process is a right to give, and nothing that can be called', () => {
  const domain = new SmallDomain()
  const caveats = { selectors: ['capability/receive'], where: open }
  domain.order({ do: 'capability.grant', holder: id(4), object: id(6), caveats })
  const refused = ask(domain, 6, 'capability/receive')
  assert.equal(refused.refusal?.code, 'canon')
})

test('an agent does not ask what only a driver asks, and hears that the canon forbids it', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  assert.equal(domain.call('client/sampling', {}).refusal?.code, 'canon')
  assert.equal(domain.call('client/roots', {}).refusal?.code, 'canon')
})

test('what led to a request is a call that there is; of any other nothing is said', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  const [first] = domain.call('tools/read', {}, 4, 99).events
  assert.deepEqual([first?.kind, first?.cause], ['call.admitted', 0])
})

test('an event of a request says what there is to say, and has no member for what there is not', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  const [admitted] = domain.call('tools/read', {}).events
  assert.deepEqual(Object.keys(admitted?.body ?? {}).toSorted(), [
    'call',
    'capability',
    'deadline',
    'effect',
    'object',
    'process',
    'selector',
    'verdict',
  ])
  domain.grant({ ...read, selectors: ['tools/write'], ask: true })
  const [held] = domain.call('tools/write', {}).events
  assert.deepEqual(Object.keys(held?.body ?? {}).toSorted(), [
    'approvalDigest',
    'call',
    'capability',
    'demands',
    'effect',
    'expiresAt',
    'nonce',
    'object',
    'process',
    'selector',
    'verdict',
  ])
  const [refused] = domain.call('tools/buy', {}).events
  assert.deepEqual(Object.keys(refused?.body ?? {}).toSorted(), [
    'code',
    'collects',
    'message',
    'needed',
    'object',
    'process',
    'selector',
    'verdict',
  ])
})

test('while everything is halted a request does not even join its own earlier one', () => {
  const domain = new SmallDomain()
  domain.grant({ ...read, ask: true })
  assert.deepEqual(kinds(domain.call('tools/read', {})), ['call.held'])
  assert.equal(domain.call('tools/read', {}).joins, 1)
  const halt = { requestedAt: id<never>(domain.now), requestedBy: 'ada', reason: 'a drill' }
  domain.do({ kind: 'kernel.boot', code: 'test', policyVersion: 'builtin-1', halt })
  domain.do({ kind: 'driver.detach', driver: id(2), incarnation: 1, reason: '', undispatched: none })
  const refused = domain.call('tools/read', {})
  assert.deepEqual([refused.refusal?.code, refused.joins], ['halted', undefined])
})

test('a driver asks in the course of its own calls, and of no other driver’s', () => {
  const domain = new SmallDomain()
  const mail = addMail(domain)
  domain.grant(read)
  const caveats = { selectors: ['client/roots', 'client/sampling'], where: open }
  for (const driver of [2, mail])
    domain.order({ do: 'capability.grant', holder: id(driver), object: id(driver), caveats })
  assert.deepEqual(kinds(ask(domain, 2)), ['call.admitted'])
  const within = (driver: number, selector: string, call: number): Decision =>
    domain.do({
      kind: 'call.request',
      process: id(driver),
      designation: { object: id(driver) },
      selector,
      arguments: {},
      payload: { commitment: sha256Hex(selector), length: 2, bytes: null },
      nonce: '0'.repeat(32),
      saltedDigest: () => 's',
      within: id(call),
    })
  assert.equal(within(mail, 'client/sampling', 1).refusal?.code, 'not-found')
  assert.equal(within(mail, 'client/roots', 1).refusal?.code, 'not-found')
  assert.equal(within(2, 'client/roots', 99).refusal?.code, 'not-found')
  assert.deepEqual(kinds(within(2, 'client/sampling', 1)), ['call.admitted'])
  assert.equal(domain.do({ kind: 'call.recheck', call: id(2) }).refusal, null, 'and the question may leave')
})

test('a call that comes too late to leave is told so, and nothing else', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  const [admitted] = domain.call('tools/read', {}).events
  assert.ok(admitted?.kind === 'call.admitted')
  domain.now = admitted.body.deadline
  const { refusal } = domain.do({ kind: 'call.recheck', call: id(1) })
  assert.deepEqual(
    [refusal?.code, refusal?.message],
    ['not-found', 'The call’s deadline passed before it left.'],
  )
})

test('a process is no driver, not even its own: the canon says what is missing, whichever rule it begins with', () => {
  const domain = new SmallDomain()
  const caveats = { selectors: ['capability/receive'], where: open }
  domain.order({ do: 'capability.grant', holder: id(4), object: id(4), caveats })
  assert.ok(domain.state.domain !== null)
  for (const rules of [firstEdition.rules, firstEdition.rules.toReversed()]) {
    domain.state.domain = { ...domain.state.domain, canon: { ...firstEdition, rules } }
    const { refusal } = ask(domain, 4, 'capability/receive')
    assert.equal(refusal?.code, 'canon')
    assert.match(refusal.message, /^Canon, single-gate: /)
  }
})
