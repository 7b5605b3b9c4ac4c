/** What a narrowing in place leaves: exactly the narrower terms, and a budget whose rest is back where it came from. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain, kinds, smallManifest } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import type { Decision } from '../decision.ts'
import { limits } from '../limits.ts'
import type { Account } from '../state.ts'
import { availableOf } from './budget.ts'
import type { Caveats } from './terms.ts'

const open = { '*': { arguments: {}, open: true } } as const
const reading: Caveats = { selectors: ['tools/read'], where: open }

/** Bob holds c1; a use of `tools/read` costs 10. */
function priced(caveats: Caveats = {}): SmallDomain {
  const domain = new SmallDomain()
  const manifest = smallManifest()
  const selectors = manifest.selectors.map((pin) => ({ ...pin, cost: 10 }))
  domain.order({ do: 'driver.update', driver: id(2), manifest: { ...manifest, selectors } })
  domain.do({ kind: 'driver.detach', driver: id(2), incarnation: 1, reason: '', undispatched: new Set() })
  domain.attach()
  domain.grant({ ...reading, ...caveats })
  return domain
}

function derive(domain: SmallDomain, handle: number, caveats: Caveats): Decision {
  const from = { process: id<never>(4), handle: id<never>(handle), holder: id<never>(4) }
  return domain.do({ kind: 'capability.derive', ...from, caveats })
}

function narrow(domain: SmallDomain, capability: number, caveats: Caveats): Decision {
  return domain.order({ do: 'capability.narrow', capability: id(capability), caveats })
}

const call = (domain: SmallDomain, handle: number): Decision =>
  domain.call('tools/read', { n: domain.state.nextCall }, 4, undefined, handle)

const caveatsOf = (domain: SmallDomain, capability: number): Caveats | undefined =>
  domain.state.capabilities.get(id(capability))?.caveats

function left(domain: SmallDomain, capability: number): number {
  const account = domain.state.accounts?.get(id(capability))
  assert.ok(account !== undefined)
  return availableOf(account)
}

test('terms of arguments are put beside those that are there, and are the first where there are none', () => {
  const domain = priced()
  derive(domain, 1, {})
  const [first, second, third] = [1, 2, 3].map((n) => ({
    '*': { arguments: { n: { constraint: { eq: n } } } },
  }))
  assert.ok(first !== undefined && second !== undefined && third !== undefined)
  narrow(domain, 2, { where: first })
  assert.deepEqual(caveatsOf(domain, 2), { where: first })
  narrow(domain, 2, { where: second })
  narrow(domain, 2, { where: third })
  assert.deepEqual(caveatsOf(domain, 2), { where: first, also: [second, third] })
  narrow(domain, 1, { where: first })
  assert.deepEqual(caveatsOf(domain, 1), { ...reading, also: [first] })
})

test('what a narrowing does not speak of stays, and nothing is there that was not asked for', () => {
  const domain = priced({ quorum: 3, approvals: 2, badge: 'b' })
  narrow(domain, 1, { quorum: 2, approvals: 3, ask: true })
  assert.deepEqual(caveatsOf(domain, 1), { ...reading, badge: 'b', quorum: 3, approvals: 3, ask: true })
  const plain = priced()
  narrow(plain, 1, { quorum: 1, expiresAt: id(plain.now + 5) })
  assert.deepEqual(caveatsOf(plain, 1), { ...reading, quorum: 1, expiresAt: plain.now + 5 })
})

test('uses count from the narrowing on, beside those that are taken', () => {
  const domain = priced({ uses: 9 })
  call(domain, 1)
  narrow(domain, 1, { uses: 2 })
  assert.equal(caveatsOf(domain, 1)?.uses, 3)
  assert.deepEqual(
    [call(domain, 1), call(domain, 1)].map(({ refusal }) => refusal),
    [null, null],
  )
  assert.equal(call(domain, 1).refusal?.code, 'exhausted')
})

test('a budget that is narrowed keeps what is used of it, and gives the rest back to where it came from', () => {
  const domain = priced({ budget: { amount: 100 } })
  derive(domain, 1, { budget: { amount: 80 } })
  call(domain, 2)
  assert.deepEqual([left(domain, 1), left(domain, 2)], [20, 70])
  assert.deepEqual(kinds(narrow(domain, 2, { budget: { amount: 30 } })), ['capability.narrowed'])
  assert.deepEqual([left(domain, 1), left(domain, 2)], [60, 30])
  assert.equal(caveatsOf(domain, 2)?.budget?.amount, 40)
  domain.order({ do: 'capability.revoke', capability: id(2) })
  assert.equal(left(domain, 1), 90)
})

test('a budget is put where none was, from the budget above, and with none above from nowhere', () => {
  const domain = priced({ budget: { amount: 100 } })
  derive(domain, 1, {})
  narrow(domain, 2, { budget: { amount: 30 } })
  assert.deepEqual([left(domain, 1), left(domain, 2)], [70, 30])
  const free = priced()
  narrow(free, 1, { budget: { amount: 10 } })
  assert.equal(left(free, 1), 10)
  assert.deepEqual(kinds(call(free, 1)), ['call.admitted'])
  assert.equal(call(free, 1).refusal?.code, 'exhausted')
  assert.deepEqual(caveatsOf(free, 1)?.budget, { amount: 10 })
})

test('what a call gives back comes back on every budget up to the root', () => {
  const domain = priced({ budget: { amount: 100 } })
  derive(domain, 1, { budget: { amount: 50 } })
  derive(domain, 2, { budget: { amount: 20 } })
  call(domain, 3)
  domain.do({ kind: 'call.cancel', call: id(1), dispatched: false })
  const rest = { reserved: 0, spent: 0, lentUsed: 0, closed: false }
  const accounts = [...(domain.state.accounts?.values() ?? [])]
  assert.deepEqual(accounts, [
    { above: 0, amount: 100, lent: 50, ...rest },
    { above: 1, amount: 50, lent: 20, ...rest },
    { above: 2, amount: 20, lent: 0, ...rest },
  ])
  call(domain, 3)
  domain.settle(2)
  const used = [...(domain.state.accounts?.values() ?? [])].map(({ reserved, spent, lentUsed }) => [
    reserved,
    spent,
    lentUsed,
  ])
  assert.deepEqual(used, [
    [0, 10, 10],
    [0, 10, 10],
    [0, 10, 0],
  ])
})

test('there are so many budgets and no more', () => {
  for (const [count, code] of [
    [limits.accounts - 1, undefined],
    [limits.accounts, 'limit'],
  ] as const) {
    const domain = priced()
    const other: Account = { above: 0, amount: 1, spent: 0, reserved: 0, lent: 0, lentUsed: 0, closed: false }
    domain.state.accounts = new Map(
      Array.from({ length: count }, (_, at) => [id(1_000_000 + at), other] as const),
    )
    assert.equal(derive(domain, 1, { budget: { amount: 1 } }).refusal?.code, code)
  }
})

test('a process that revokes what it does not hold is refused, and that is recorded', () => {
  const domain = priced()
  const refused = domain.do({
    kind: 'capability.revoke',
    process: id(6),
    capability: id(1),
    undispatched: new Set(),
  })
  const [event] = refused.events
  assert.ok(event?.kind === 'syscall.refused')
  const { process, object, selector } = event.body
  assert.deepEqual(
    [refused.refusal?.code, process, object, selector],
    ['not-held', 6, 0, 'capability/revoke'],
  )
  const unknown = domain.order({ do: 'capability.revoke', capability: id(99) })
  assert.equal(unknown.refusal?.code, 'not-found')
})

test('a holder that is killed closes the budgets of all that came through it', () => {
  const domain = priced({ budget: { amount: 100 } })
  const receive = { selectors: ['capability/receive'], where: {} }
  domain.order({ do: 'capability.grant', holder: id(4), object: id(6), caveats: receive })
  const from = { process: id<never>(4), handle: id<never>(1), holder: id<never>(6) }
  domain.do({ kind: 'capability.derive', ...from, caveats: { budget: { amount: 40 } } })
  assert.equal(left(domain, 1), 60)
  domain.order({ do: 'process.kill', process: id(6), reason: '' })
  assert.equal(left(domain, 1), 100)
  assert.equal(domain.state.accounts?.size, 1)
})

test('what was denied already does not end again when it would no longer fit', () => {
  const domain = priced({ ask: true, selectors: ['tools/read', 'tools/write'] })
  const [held] = call(domain, 1).events
  assert.ok(held?.kind === 'call.held')
  const { call: number, approvalDigest: digest } = held.body
  domain.order({ do: 'call.deny', call: number, digest, comment: '' }, { waiting: false })
  const narrowed = narrow(domain, 1, { selectors: ['tools/write'] })
  assert.deepEqual(kinds(narrowed), ['capability.narrowed'])
  assert.equal(domain.state.calls.get(number)?.stage, 'denied')
})

test('what fits no more is said to have ended because its authority was taken back', () => {
  const domain = priced({ selectors: ['tools/read', 'tools/write'] })
  call(domain, 1)
  const [, settled] = narrow(domain, 1, { selectors: ['tools/write'] }).events
  assert.ok(settled?.kind === 'call.settled')
  assert.deepEqual([settled.body.outcome, settled.body.reason], ['cancelled', 'its authority was revoked'])
})

test('what stands below something revoked is not narrowed, though no pass has come to it yet', () => {
  const domain = priced()
  for (let count = 0; count < 2 * limits.sweptPerEvent; count++) domain.grant(reading, 6)
  derive(domain, 1, {})
  const child = domain.state.nextCapability - 1
  domain.order({ do: 'capability.revoke', capability: id(1) })
  assert.equal(domain.state.capabilities.get(id(child))?.revoked, false)
  assert.equal(narrow(domain, child, { ask: true }).refusal?.code, 'revoked')
})

test('a budget is not put above budgets that were taken from further up, until they are gone', () => {
  const domain = priced({ budget: { amount: 100 } })
  derive(domain, 1, {})
  derive(domain, 2, { budget: { amount: 10 } })
  const { refusal } = narrow(domain, 2, { budget: { amount: 50 } })
  assert.deepEqual(
    [refusal?.code, refusal?.message],
    ['bad-request', 'Budgets were derived from it already.'],
  )
  assert.equal(narrow(domain, 2, { ask: true }).refusal, null, 'what is no budget is narrowed all the same')
  domain.order({ do: 'capability.revoke', capability: id(3) })
  assert.equal(narrow(domain, 2, { budget: { amount: 101 } }).refusal?.code, 'too-broad')
  assert.equal(narrow(domain, 2, { budget: { amount: 50 } }).refusal, null)
})

test('budgets elsewhere do not keep a budget from being put', () => {
  const domain = priced()
  domain.grant({ ...reading, budget: { amount: 5 } })
  assert.equal(narrow(domain, 1, { budget: { amount: 10 } }).refusal, null)
})
