/** Copy, derive, move, delete, revoke, narrow: what each does, and what it leaves alone. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain, kinds } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { Decision } from '../decision.ts'
import type { Caveats } from './terms.ts'

const open = { '*': { arguments: {}, open: true } } as const
const reading = { selectors: ['tools/read'], where: open } as const
const [bob, eve] = [4, 6]

/** Bob holds c1, which reads, and c2, with which he may give to eve. */
function giving(caveats: Caveats = {}): SmallDomain {
  const domain = new SmallDomain()
  domain.grant({ ...reading, ...caveats })
  const receive = { selectors: ['capability/receive'], where: {} }
  domain.order({ do: 'capability.grant', holder: id(bob), object: id(eve), caveats: receive })
  return domain
}

function derive(domain: SmallDomain, handle: number, holder: number, caveats: Caveats = {}): Decision {
  const from = { process: id<never>(bob), handle: id<never>(handle), holder: id<never>(holder) }
  return domain.do({ kind: 'capability.derive', ...from, caveats })
}

function move(domain: SmallDomain, handle: number, holder: number, process = bob): Decision {
  return domain.do({
    kind: 'capability.move',
    process: id(process),
    handle: id(handle),
    holder: id(holder),
    undispatched: new Set(),
  })
}

function revoke(domain: SmallDomain, capability: number): Decision {
  return domain.order({ do: 'capability.revoke', capability: id(capability) })
}

function drop(domain: SmallDomain, process: number, capability: number): Decision {
  return domain.do({
    kind: 'capability.revoke',
    process: id(process),
    capability: id(capability),
    undispatched: new Set(),
  })
}

function read(domain: SmallDomain, process: number, handle: number, args: JsonObject = {}): Decision {
  const fresh = { n: domain.state.nextCall, ...args }
  return domain.call('tools/read', fresh, process, undefined, handle)
}

function narrow(domain: SmallDomain, capability: number, caveats: Caveats, known?: JsonObject): Decision {
  const calls = [...domain.state.calls.keys()]
  const order = { do: 'capability.narrow', capability: id<never>(capability), caveats } as const
  return domain.order(
    order,
    known === undefined ? {} : { arguments: new Map(calls.map((call) => [call, known])) },
  )
}

test('a copy is a derivation that adds nothing, and a child of what it was copied from', () => {
  const domain = giving()
  derive(domain, 1, bob)
  assert.equal(domain.state.capabilities.get(id(3))?.parent, 1)
  assert.deepEqual(kinds(read(domain, bob, 3)), ['call.admitted'])
})

test('deleting an inner capability takes what was derived from it along', () => {
  const domain = giving()
  derive(domain, 1, bob)
  derive(domain, 3, eve)
  drop(domain, bob, 3)
  assert.equal(read(domain, eve, 1).refusal?.code, 'revoked')
  assert.deepEqual(kinds(read(domain, bob, 1)), ['call.admitted'], 'what is above stays')
})

test('a move puts the same capability into other hands, with what was counted on it', () => {
  const domain = giving({ uses: 3 })
  read(domain, bob, 1)
  domain.settle(1)
  const moved = move(domain, 1, eve)
  assert.deepEqual(kinds(moved), ['capability.moved'])
  assert.equal(read(domain, bob, 1).refusal?.code, 'not-held')
  assert.deepEqual(kinds(read(domain, eve, 1)), ['call.admitted'])
  assert.deepEqual(kinds(read(domain, eve, 1)), ['call.admitted'])
  assert.equal(read(domain, eve, 1).refusal?.code, 'exhausted')
})

test('a move needs the right to give, and a capability that may be passed on', () => {
  const domain = giving({ derivable: false })
  assert.equal(move(domain, 1, eve).refusal?.code, 'not-derivable')
  domain.grant(reading, eve)
  assert.equal(move(domain, 1, bob, eve).refusal?.code, 'not-entitled')
  assert.equal(move(domain, 9, eve).refusal?.code, 'not-held')
  assert.equal(move(domain, 2, bob).refusal?.code, 'bad-request')
})

test('whoever moved a capability away has no part in it: not in its life, and not in its end', () => {
  const domain = giving()
  derive(domain, 1, bob)
  move(domain, 1, eve)
  assert.equal(drop(domain, bob, 1).refusal?.code, 'not-held')
  domain.order({ do: 'process.kill', process: id(bob), reason: '' })
  assert.deepEqual(kinds(read(domain, eve, 1)), ['call.admitted'])
})

test('moving away does not escape the revocation of what is above', () => {
  const domain = giving()
  derive(domain, 1, bob)
  move(domain, 3, eve)
  read(domain, eve, 1)
  const revoked = revoke(domain, 1)
  assert.deepEqual(kinds(revoked), ['capability.revoked', 'call.settled'])
  assert.equal(read(domain, eve, 1).refusal?.code, 'revoked')
})

test('killing the new holder kills what moved to them, and what others derived from it', () => {
  const domain = giving()
  derive(domain, 1, bob)
  move(domain, 1, eve)
  domain.order({ do: 'process.kill', process: id(eve), reason: '' })
  assert.equal(read(domain, bob, 3).refusal?.code, 'revoked')
})

test('calls that the old holder had under way end with the move, and others’ do not', () => {
  const domain = giving()
  derive(domain, 1, eve)
  read(domain, bob, 1)
  read(domain, eve, 1)
  const moved = move(domain, 1, eve)
  const [event] = moved.events
  assert.ok(event?.kind === 'capability.moved')
  assert.deepEqual([event.body.cut, event.body.left], [[1], [1]])
  assert.deepEqual(kinds(moved), ['capability.moved', 'call.settled'])
  assert.equal(domain.state.calls.size, 1)
})

test('a revoked child of what moved stays revoked, and can be dropped by its holder', () => {
  const domain = giving()
  derive(domain, 1, bob)
  revoke(domain, 3)
  assert.equal(move(domain, 3, eve).refusal?.code, 'revoked')
})

test('a capability is narrowed in place: handles and descendants stay and can do less', () => {
  const domain = giving({ selectors: ['tools/read', 'tools/write'] })
  derive(domain, 1, eve)
  assert.deepEqual(kinds(narrow(domain, 1, { selectors: ['tools/write'] })), ['capability.narrowed'])
  assert.equal(read(domain, eve, 1).refusal?.code, 'selector-not-granted')
  assert.deepEqual(kinds(domain.call('tools/write', {}, eve, undefined, 1)), ['call.admitted'])
})

test('a narrowing is felt by descendants that name what it took away', () => {
  const domain = giving({ selectors: ['tools/read', 'tools/write'] })
  derive(domain, 1, eve, { selectors: ['tools/read', 'tools/write'] })
  narrow(domain, 1, { selectors: ['tools/write'] })
  assert.equal(read(domain, eve, 1).refusal?.code, 'selector-not-granted')
  assert.equal(derive(domain, 1, bob, { selectors: ['tools/read'] }).refusal?.code, 'too-broad')
})

test('a narrowing of a level that had no terms of its own is felt below it', () => {
  const domain = giving()
  derive(domain, 1, bob)
  derive(domain, 3, bob)
  derive(domain, 4, eve, { uses: 5 })
  narrow(domain, 3, { where: { '*': { arguments: { n: { constraint: { eq: 'none' } } } } }, ask: true })
  assert.equal(read(domain, eve, 1).refusal?.code, 'argument-refused')
  assert.equal(read(domain, bob, 4).refusal?.code, 'argument-refused')
  assert.deepEqual(kinds(read(domain, bob, 1)), ['call.admitted'])
})

test('narrowing only narrows', () => {
  const domain = giving({ expiresAt: id(1_700_000_100_000), rate: { count: 5, perMs: 1000 } })
  for (const caveats of [
    { selectors: ['tools/write'] },
    { expiresAt: id<never>(1_700_000_200_000) },
    { rate: { count: 6, perMs: 1000 } },
    { rate: { count: 1, perMs: 500 } },
  ])
    assert.equal(narrow(domain, 1, caveats).refusal?.code, 'too-broad')
  assert.equal(narrow(domain, 1, {}).refusal?.code, 'bad-request')
  assert.equal(narrow(domain, 99, { ask: true }).refusal?.code, 'not-found')
})

test('terms of arguments add up: the old ones go on being asked', () => {
  const folder = (root: string): Caveats => ({
    where: { '*': { arguments: { path: { constraint: { within: root } } }, open: true } },
  })
  const domain = giving(folder('/data'))
  // As text this lies below the old folder; as a name it does not.
  const glob = { '*': { arguments: { path: { constraint: { glob: '/data/**' } } }, open: true } } as const
  assert.deepEqual(kinds(narrow(domain, 1, { where: glob })), ['capability.narrowed'])
  assert.equal(read(domain, bob, 1, { path: '/data/../etc' }).refusal?.code, 'argument-refused')
  assert.deepEqual(kinds(narrow(domain, 1, folder('/data/a'))), ['capability.narrowed'])
  assert.equal(read(domain, bob, 1, { path: '/data/b' }).refusal?.code, 'argument-refused')
  assert.deepEqual(kinds(read(domain, bob, 1, { path: '/data/a/x' })), ['call.admitted'])
  assert.equal(derive(domain, 1, bob, folder('/data')).refusal?.code, 'too-broad')
})

test('calls under way that no longer fit end with the narrowing, and those that fit go on', () => {
  const only = { where: { '*': { arguments: { n: { constraint: { range: { max: 5 } } } } } } } as const
  for (const [known, expected] of [
    [{ n: 1 }, ['capability.narrowed']],
    [{ n: 9 }, ['capability.narrowed', 'call.settled']],
    [undefined, ['capability.narrowed', 'call.settled']],
  ] as const) {
    const domain = giving()
    read(domain, bob, 1)
    assert.deepEqual(kinds(narrow(domain, 1, only, known)), expected)
  }
})

test('uses in a narrowing are counted from there on', () => {
  const domain = giving({ uses: 10 })
  for (const call of [1, 2, 3]) {
    read(domain, bob, 1)
    domain.settle(call)
  }
  narrow(domain, 1, { uses: 1 })
  assert.deepEqual(kinds(read(domain, bob, 1)), ['call.admitted'])
  assert.equal(read(domain, bob, 1).refusal?.code, 'exhausted')
})

test('a narrowing that makes a held call need more approvals is felt by it', () => {
  const domain = giving({ ask: true })
  const [held] = read(domain, bob, 1).events
  assert.ok(held?.kind === 'call.held')
  narrow(domain, 1, { approvals: 2 })
  const approved = domain.order({
    do: 'call.approve',
    call: id(1),
    digest: held.body.approvalDigest,
    comment: '',
  })
  assert.deepEqual(kinds(approved), ['call.seconded'])
})

test('a budget is put on in place only where none was derived yet, and counts from there on', () => {
  const domain = giving()
  assert.deepEqual(kinds(narrow(domain, 1, { budget: { amount: 50 } })), ['capability.narrowed'])
  derive(domain, 1, bob, { budget: { amount: 20 } })
  assert.deepEqual(kinds(narrow(domain, 1, { budget: { amount: 10 } })), ['capability.narrowed'])
  assert.equal(domain.state.accounts?.get(id(1))?.amount, 30)
  assert.equal(derive(domain, 1, bob, { budget: { amount: 11 } }).refusal?.code, 'too-broad')
  const above = giving()
  derive(above, 1, bob, { budget: { amount: 20 } })
  assert.equal(narrow(above, 1, { budget: { amount: 50 } }).refusal?.code, 'bad-request')
})

test('narrowing needs an operator’s signature, and is not heard twice', () => {
  const domain = giving()
  const order = { do: 'capability.narrow', capability: id<never>(1), caveats: { uses: 1 } } as const
  assert.equal(domain.order(order, { valid: false }).refusal?.code, 'signature-invalid')
  const nonce = 'e'.repeat(32)
  domain.order(order, { nonce })
  assert.equal(domain.order(order, { nonce }).refusal?.code, 'order-replayed')
})
