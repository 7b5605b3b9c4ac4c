/** Budgets: what is set aside, what a use takes, and what comes back. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain, kinds, smallManifest } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import type { Decision } from '../decision.ts'
import { availableOf } from './budget.ts'
import type { Caveats } from './terms.ts'

const open = { '*': { arguments: {}, open: true } } as const
const reading = { selectors: ['tools/read'], where: open } as const

/** Bob holds c1; a use of `tools/read` costs 10. */
function priced(caveats: Caveats): SmallDomain {
  const domain = new SmallDomain()
  const manifest = smallManifest()
  const selectors = manifest.selectors.map((pin) =>
    pin.selector === 'tools/read' ? { ...pin, cost: 10 } : pin,
  )
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

function call(domain: SmallDomain, handle: number): Decision {
  return domain.call('tools/read', { n: domain.state.nextCall }, 4, undefined, handle)
}

function revoke(domain: SmallDomain, capability: number): Decision {
  return domain.order({ do: 'capability.revoke', capability: id(capability) })
}

function left(domain: SmallDomain, capability: number): number {
  const account = domain.state.accounts?.get(id(capability))
  assert.ok(account !== undefined)
  return availableOf(account)
}

test('a use takes its cost from the budget when it is let through, and is refused when there is too little', () => {
  const domain = priced({ budget: { amount: 25 } })
  assert.deepEqual(kinds(call(domain, 1)), ['call.admitted'])
  assert.equal(left(domain, 1), 15)
  domain.settle(1)
  assert.equal(left(domain, 1), 15, 'what was done stays paid')
  assert.deepEqual(kinds(call(domain, 1)), ['call.admitted'])
  assert.equal(call(domain, 1).refusal?.code, 'exhausted')
})

test('a call that provably did not leave gives its cost back', () => {
  const domain = priced({ budget: { amount: 10 } })
  call(domain, 1)
  domain.do({ kind: 'call.cancel', call: id(1), dispatched: false })
  assert.equal(left(domain, 1), 10)
})

test('a held call keeps its cost reserved, and a denial gives it back', () => {
  const domain = priced({ budget: { amount: 10 }, ask: true })
  const [held] = call(domain, 1).events
  assert.ok(held?.kind === 'call.held' && held.body.cost === 10)
  assert.equal(left(domain, 1), 0)
  domain.order({ do: 'call.deny', call: id(1), digest: held.body.approvalDigest, comment: '' })
  assert.equal(left(domain, 1), 10)
})

test('siblings can never have more together than their parent had', () => {
  const domain = priced({ budget: { amount: 30 } })
  assert.deepEqual(kinds(derive(domain, 1, { budget: { amount: 20 } })), ['capability.derived'])
  assert.equal(derive(domain, 1, { budget: { amount: 20 } }).refusal?.code, 'too-broad')
  assert.deepEqual(kinds(derive(domain, 1, { budget: { amount: 10 } })), ['capability.derived'])
  assert.equal(call(domain, 1).refusal?.code, 'exhausted', 'the parent lent all it had')
  assert.deepEqual(kinds(call(domain, 2)), ['call.admitted'])
  assert.deepEqual(kinds(call(domain, 2)), ['call.admitted'])
  assert.equal(call(domain, 2).refusal?.code, 'exhausted')
})

test('a child without a budget of its own is paid for by its parent', () => {
  const domain = priced({ budget: { amount: 10 } })
  derive(domain, 1, {})
  assert.deepEqual(kinds(call(domain, 2)), ['call.admitted'])
  assert.equal(call(domain, 1).refusal?.code, 'exhausted')
})

test('what a revoked child did not spend goes back, and what it spent does not', () => {
  const domain = priced({ budget: { amount: 50 } })
  derive(domain, 1, { budget: { amount: 40 } })
  call(domain, 2)
  domain.settle(1)
  revoke(domain, 3 - 1)
  assert.equal(left(domain, 1), 40)
  assert.equal(domain.state.accounts?.size, 1)
})

test('a call in flight under a revoked child stays paid if it left, and comes back to the parent if it had not', () => {
  for (const [undispatched, expected] of [
    [[], 40],
    [[1], 50],
  ] as const) {
    const domain = priced({ budget: { amount: 50 } })
    derive(domain, 1, { budget: { amount: 40 } })
    call(domain, 2)
    const revoked = domain.order({ do: 'capability.revoke', capability: id(2) }, { undispatched })
    assert.deepEqual(kinds(revoked), ['capability.revoked', 'call.settled'])
    assert.equal(left(domain, 1), expected)
    assert.equal(domain.state.accounts?.size, 1, 'nothing is kept of the child')
  }
})

test('budgets below a revoked capability come back through every level, whoever held them', () => {
  const domain = priced({ budget: { amount: 100 } })
  derive(domain, 1, {})
  derive(domain, 2, { budget: { amount: 80 } })
  derive(domain, 3, { budget: { amount: 60 } })
  call(domain, 4)
  assert.equal(left(domain, 1), 20)
  revoke(domain, 2)
  assert.equal(left(domain, 1), 90)
})

test('a killed child process gives its unspent budget back', () => {
  const domain = priced({ budget: { amount: 100 } })
  domain.do({
    kind: 'process.spawn',
    process: id(4),
    name: 'kid',
    tokenDigest: 'a'.repeat(64),
    boundary: 'none',
  })
  const from = { process: id<never>(4), handle: id<never>(1), holder: id<never>(7) }
  domain.do({ kind: 'capability.derive', ...from, caveats: { budget: { amount: 100 } } })
  assert.equal(left(domain, 1), 0)
  domain.do({
    kind: 'process.end',
    process: id(4),
    child: id(7),
    reason: '',
    undispatched: new Set(),
  })
  assert.equal(left(domain, 1), 100)
})

test('the state is what it was once the last budget is gone', () => {
  const domain = priced({})
  derive(domain, 1, { budget: { amount: 5 } })
  assert.equal(domain.state.accounts?.size, 1, 'a budget may begin below a level without one')
  revoke(domain, 2)
  assert.ok(!Object.hasOwn(domain.state, 'accounts'))
})
