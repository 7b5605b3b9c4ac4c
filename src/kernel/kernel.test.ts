/** The kernel told as given, when, then: one small domain and what may happen in it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Instant, Seq } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import { sha256Hex } from '../base/hash.ts'
import type { Caveats } from './capability/terms.ts'
import { evolve } from './evolve.ts'
import { builtinJudge } from './gate/judge.ts'
import { limits } from './limits.ts'
import { stateRoot } from './root.ts'
import { initialState } from './state.ts'
import { SmallDomain, kinds, smallManifest, start } from '../../test/harness/small-domain.ts'

const none: ReadonlySet<never> = new Set()
const inside: Caveats = {
  selectors: ['tools/read', 'tools/write'],
  where: { '*': { arguments: { path: { constraint: { within: '/data' } } } } },
}

const path = (value: string) => ({ path: value })

test('a granted call inside its terms is admitted and settled', () => {
  const world = new SmallDomain()
  world.grant(inside)
  assert.deepEqual(kinds(world.call('tools/read', path('/data/a'))), ['call.admitted'])
  assert.deepEqual(kinds(world.settle(1)), ['call.settled'])
  assert.equal(world.settle(1).events.length, 0, 'a second answer changes nothing')
})

test('a call outside its terms is refused with what would be needed, and recorded', () => {
  const world = new SmallDomain()
  world.grant(inside)
  for (const args of [
    path('/etc/passwd'),
    path('/data/../etc'),
    path('/data//a'),
    {},
    { path: '/data/a', extra: 1 },
  ]) {
    const decision = world.call('tools/read', args)
    assert.deepEqual(kinds(decision), ['syscall.refused'])
    assert.equal(decision.refusal?.code, 'argument-refused')
    assert.equal(decision.refusal?.seq, world.state.seq)
  }
  assert.equal(world.call('tools/read', path('/data/a'), 6).refusal?.code, 'not-held')
  assert.equal(world.call('tools/buy', {}).refusal?.code, 'selector-not-granted')
})

test('uses run out, are reserved while in flight, and come back when nothing was dispatched', () => {
  const world = new SmallDomain()
  world.grant({ ...inside, uses: 2 })
  world.call('tools/read', path('/data/a'))
  world.call('tools/read', path('/data/a'))
  assert.equal(world.call('tools/read', path('/data/a')).refusal?.code, 'exhausted')
  world.do({ kind: 'call.cancel', call: id(1), dispatched: false })
  assert.deepEqual(kinds(world.call('tools/read', path('/data/a'))), ['call.admitted'])
  world.settle(2)
  world.settle(3)
  assert.equal(world.call('tools/read', path('/data/a')).refusal?.code, 'exhausted')
})

test('rates open a window with the first use', () => {
  const world = new SmallDomain()
  world.grant({ ...inside, rate: { count: 2, perMs: 1000 } })
  world.call('tools/read', path('/data/a'))
  world.call('tools/read', path('/data/a'))
  assert.equal(world.call('tools/read', path('/data/a')).refusal?.code, 'rate-limited')
  world.now += 1000
  assert.deepEqual(kinds(world.call('tools/read', path('/data/a'))), ['call.admitted'])
})

test('expiry is in ledger time and includes its own instant', () => {
  const world = new SmallDomain()
  world.grant({ ...inside, expiresAt: id<Instant>(start + 10) })
  world.now += 9
  assert.deepEqual(kinds(world.call('tools/read', path('/data/a'))), ['call.admitted'])
  world.now += 1
  assert.equal(world.call('tools/read', path('/data/a')).refusal?.code, 'expired')
})

test('a held call approved while its requester waits runs once, under a one-shot capability', () => {
  const world = new SmallDomain()
  world.grant({ ...inside, ask: true })
  const held = world.call('tools/write', path('/data/a'))
  assert.deepEqual(kinds(held), ['call.held'])
  const digest = world.state.calls.get(id(1))?.approvalDigest ?? ''
  assert.equal(
    world.order({ do: 'call.approve', call: id(1), digest: sha256Hex('x'), comment: '' }).refusal?.code,
    'version-mismatch',
  )
  assert.deepEqual(kinds(world.order({ do: 'call.approve', call: id(1), digest, comment: 'go' })), [
    'call.approved',
    'call.admitted',
  ])
  assert.equal(
    world.order({ do: 'call.approve', call: id(1), digest, comment: 'go' }).refusal?.code,
    'not-found',
  )
  world.settle(1)
  assert.deepEqual(
    kinds(world.call('tools/write', path('/data/a'))),
    ['call.held'],
    'the next one is asked about again',
  )
})

test('an identical retry joins its pending call, and collects the approval once', () => {
  const world = new SmallDomain()
  world.grant({ ...inside, ask: true })
  world.call('tools/write', path('/data/a'))
  assert.equal(world.call('tools/write', path('/data/a')).joins, 1)
  const digest = world.state.calls.get(id(1))?.approvalDigest ?? ''
  assert.deepEqual(
    kinds(world.order({ do: 'call.approve', call: id(1), digest, comment: '' }, { waiting: false })),
    ['call.approved'],
  )
  assert.deepEqual(
    kinds(world.call('tools/write', path('/data/b'))),
    ['call.held'],
    'other arguments are another call',
  )
  assert.deepEqual(kinds(world.call('tools/write', path('/data/a'))), ['call.admitted'])
  assert.deepEqual(kinds(world.call('tools/write', path('/data/a'))), ['call.held'])
})

test('a denial is heard once by an identical retry, and nothing runs', () => {
  const world = new SmallDomain()
  world.grant({ ...inside, ask: true, uses: 1 })
  world.call('tools/write', path('/data/a'))
  const digest = world.state.calls.get(id(1))?.approvalDigest ?? ''
  world.order({ do: 'call.deny', call: id(1), digest, comment: 'no' }, { waiting: false })
  assert.equal(world.call('tools/write', path('/data/a')).refusal?.code, 'approval-denied')
  assert.deepEqual(kinds(world.call('tools/write', path('/data/a'))), ['call.held'], 'the use came back')
})

test('revoking an approval itself lapses the call that waits with it', () => {
  const world = new SmallDomain()
  world.grant({ ...inside, ask: true, uses: 1 })
  world.call('tools/write', path('/data/a'))
  const digest = world.state.calls.get(id(1))?.approvalDigest ?? ''
  world.order({ do: 'call.approve', call: id(1), digest, comment: '' }, { waiting: false })
  const approval = world.state.calls.get(id(1))?.capability
  const revoked = world.do({
    kind: 'capability.revoke',
    process: id(4),
    capability: approval ?? id(0),
    undispatched: none,
  })
  assert.deepEqual(kinds(revoked), ['capability.revoked', 'call.lapsed'])
  assert.equal(world.state.calls.size, 0)
  assert.equal(world.state.capabilities.has(approval ?? id(0)), false)
  assert.deepEqual(kinds(world.call('tools/write', path('/data/a'))), ['call.held'], 'the use came back')
})

test('revoking the held call’s capability lapses it, and kills an approval already given', () => {
  const world = new SmallDomain()
  world.grant({ ...inside, ask: true })
  world.call('tools/write', path('/data/a'))
  const digest = world.state.calls.get(id(1))?.approvalDigest ?? ''
  world.order({ do: 'call.approve', call: id(1), digest, comment: '' }, { waiting: false })
  const revoked = world.order({ do: 'capability.revoke', capability: id(1) })
  assert.deepEqual(kinds(revoked), ['capability.revoked', 'call.lapsed'])
  assert.equal(world.call('tools/write', path('/data/a')).refusal?.code, 'revoked')
  assert.equal(world.state.calls.size, 0)
})

test('a revocation reaches through a middle holder and cuts what is in flight', () => {
  const world = new SmallDomain()
  world.grant(inside)
  world.order({
    do: 'capability.grant',
    holder: id(4),
    object: id(6),
    caveats: { selectors: ['capability/receive'], where: {} },
  })
  const derived = world.do({
    kind: 'capability.derive',
    process: id(4),
    handle: id(1),
    holder: id(6),
    caveats: { selectors: ['tools/read'] },
  })
  assert.deepEqual(kinds(derived), ['capability.derived'])
  world.call('tools/read', path('/data/a'), 6)
  assert.deepEqual(kinds(world.order({ do: 'capability.revoke', capability: id(1) })), [
    'capability.revoked',
    'call.settled',
  ])
  assert.equal(world.call('tools/read', path('/data/a'), 6).refusal?.code, 'revoked')
})

test('killing a middle holder kills what it gave away', () => {
  const world = new SmallDomain()
  world.grant(inside)
  world.order({
    do: 'capability.grant',
    holder: id(4),
    object: id(6),
    caveats: { selectors: ['capability/receive'], where: {} },
  })
  world.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(6), caveats: {} })
  world.order({ do: 'process.kill', process: id(4), reason: 'test' })
  assert.equal(world.call('tools/read', path('/data/a'), 6).refusal?.code, 'revoked')
  assert.equal(world.call('tools/read', path('/data/a'), 4).refusal?.code, 'killed')
})

test('a derivation that claims more than its parent is refused', () => {
  const world = new SmallDomain()
  world.grant({ ...inside, uses: 3, expiresAt: id<Instant>(start + 1000) })
  const broad: Caveats[] = [
    { selectors: ['tools/buy'] },
    { uses: 4 },
    { expiresAt: id<Instant>(start + 1001) },
    { where: { '*': { arguments: { path: { constraint: { within: '/' } } } } } },
    { where: { '*': { arguments: { path: { constraint: { within: '/data' } } }, open: true } } },
    { where: { '*': { arguments: { extra: { constraint: { any: true } } } } } },
  ]
  for (const caveats of broad) {
    const decision = world.do({
      kind: 'capability.derive',
      process: id(4),
      handle: id(1),
      holder: id(4),
      caveats,
    })
    assert.equal(decision.refusal?.code, 'too-broad', JSON.stringify(caveats))
  }
})

test('a stranger cannot be given capabilities', () => {
  const world = new SmallDomain()
  world.grant(inside)
  const decision = world.do({
    kind: 'capability.derive',
    process: id(4),
    handle: id(1),
    holder: id(6),
    caveats: {},
  })
  assert.equal(decision.refusal?.code, 'not-entitled')
})

test('spending is asked about whatever was granted', () => {
  const world = new SmallDomain()
  world.grant({ selectors: ['tools/buy'], where: { '*': { arguments: {} } } })
  assert.deepEqual(kinds(world.call('tools/buy', {})), ['call.held'])
})

test('a changed definition is quarantined', () => {
  const world = new SmallDomain()
  world.grant(inside)
  world.do({ kind: 'driver.detach', driver: id(2), incarnation: 1, reason: 'crash', undispatched: none })
  assert.equal(world.call('tools/read', path('/data/a')).refusal?.code, 'driver-unavailable')
  world.attach('changed')
  assert.equal(world.call('tools/write', path('/data/a')).refusal?.code, 'definition-changed')
  assert.deepEqual(kinds(world.call('tools/read', path('/data/a'))), ['call.admitted'])
})

test('a detached driver leaves dispatched calls in doubt and gives undispatched ones back', () => {
  const world = new SmallDomain()
  world.grant({ ...inside, uses: 2 })
  world.call('tools/read', path('/data/a'))
  world.call('tools/read', path('/data/b'))
  const decision = world.do({
    kind: 'driver.detach',
    driver: id(2),
    incarnation: 1,
    reason: 'crash',
    undispatched: new Set([id<never>(2)]),
  })
  const outcomes = decision.events.flatMap((event) =>
    event.kind === 'call.settled' ? [[event.body.call, event.body.outcome, event.body.released]] : [],
  )
  assert.deepEqual(outcomes, [
    [2, 'cancelled', true],
    [1, 'in-doubt', false],
  ])
})

test('orders are refused when forged, stale or replayed', () => {
  const world = new SmallDomain()
  const add = { do: 'agent.add', name: 'mal', tokenDigest: sha256Hex('mal') } as const
  assert.equal(world.order(add, { valid: false }).refusal?.code, 'signature-invalid')
  assert.equal(world.order(add, { time: start - limits.orderSkewMs - 1 }).refusal?.code, 'order-stale')
  assert.equal(world.order(add, { nonce: 'f'.repeat(32) }).refusal, null)
  assert.equal(
    world.order({ ...add, name: 'mal2' }, { nonce: 'f'.repeat(32) }).refusal?.code,
    'order-replayed',
  )
})

test('a halted domain refuses everything but what lessens authority, until it is resumed', () => {
  const world = new SmallDomain()
  world.grant(inside)
  world.call('tools/read', path('/data/a'))
  const halt = { requestedAt: id<Instant>(start), requestedBy: 'ada', reason: 'drill' }
  const booted = world.do({ kind: 'kernel.boot', code: 'test', policyVersion: builtinJudge.version, halt })
  assert.deepEqual(kinds(booted), ['kernel.booted', 'call.settled', 'domain.halted'])
  assert.equal(world.call('tools/read', path('/data/a')).refusal?.code, 'halted')
  assert.equal(world.grant(inside).refusal?.code, 'halted')
  assert.deepEqual(kinds(world.order({ do: 'domain.resume' })), ['domain.resumed'])
  world.attach()
  assert.deepEqual(kinds(world.call('tools/read', path('/data/a'))), ['call.admitted'])
  const boot = { kind: 'kernel.boot', code: 'test', policyVersion: builtinJudge.version } as const
  world.do({ ...boot, halt })
  assert.equal(world.state.halted, null, 'the file of a halt that was resumed is not a new halt')
  world.do({ ...boot, halt: { ...halt, requestedAt: id<Instant>(start + 1) } })
  assert.notEqual(world.state.halted, null)
})

test('held calls lapse, admitted calls time out', () => {
  const world = new SmallDomain()
  world.grant({ ...inside, ask: true })
  world.grant({ selectors: ['tools/read'], where: inside.where ?? {} })
  world.call('tools/write', path('/data/a'))
  world.call('tools/read', path('/data/a'))
  world.now += limits.callMs
  assert.deepEqual(kinds(world.do({ kind: 'clock.tick' })), ['call.settled'])
  world.now += limits.holdMs
  assert.deepEqual(kinds(world.do({ kind: 'clock.tick' })), ['call.lapsed'])
})

test('refusals beyond the window’s share leave no event', () => {
  const world = new SmallDomain()
  for (let n = 0; n < limits.refusalsPerWindow; n += 1)
    assert.equal(kinds(world.call('tools/read', {})).length, 1)
  const decision = world.call('tools/read', {})
  assert.equal(decision.events.length, 0)
  assert.equal(decision.refusal?.seq, null)
})

test('drivers whose programs would not fit one notice to the supervisor are refused', () => {
  const world = new SmallDomain()
  const long = { ...smallManifest().program, args: Array.from({ length: 64 }, () => 'x'.repeat(4000)) }
  const add = (name: string) =>
    world.order({ do: 'driver.add', name, manifest: { program: long, selectors: [] } }).refusal?.code
  assert.equal(add('first'), undefined)
  assert.equal(add('second'), 'limit')
})

test('the root covers every member, whatever its name', () => {
  const roots = ['{}', '{"__proto__":{"constraint":{"any":true}}}'].map((named) => {
    const world = new SmallDomain()
    const terms = JSON.parse(`{"*":{"arguments":${named}}}`) as NonNullable<Caveats['where']>
    world.grant({ selectors: ['tools/read'], where: terms })
    return stateRoot(world.state)
  })
  assert.notEqual(roots[0], roots[1])
})

test('refolding the events gives the same root', () => {
  const world = new SmallDomain()
  world.grant({ ...inside, ask: true })
  world.call('tools/write', path('/data/a'))
  world.order({ do: 'process.kill', process: id(6), reason: '' })
  const again = initialState()
  for (const event of world.log) evolve(again, event)
  assert.equal(stateRoot(again), stateRoot(world.state))
  assert.equal(world.state.seq, id<Seq>(world.log.length))
})

test('deriving too often is refused until the window is over', () => {
  const world = new SmallDomain()
  world.grant(inside)
  const derive = () =>
    world.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats: {} })
  for (let n = 0; n < limits.derivationsPerWindow; n += 1) assert.equal(derive().refusal, null)
  assert.equal(derive().refusal?.code, 'rate-limited')
  world.now += limits.refusalWindowMs
  assert.equal(derive().refusal, null)
})

test('deriving and dropping without end does not grow the state', () => {
  const world = new SmallDomain()
  world.grant(inside)
  for (let n = 0; n < 2000; n += 1) {
    world.now += 100
    const derived = world.do({
      kind: 'capability.derive',
      process: id(4),
      handle: id(1),
      holder: id(4),
      caveats: {},
    })
    const [event] = derived.events
    assert.equal(event?.kind, 'capability.derived')
    if (event?.kind !== 'capability.derived') return
    world.do({
      kind: 'capability.revoke',
      process: id(4),
      capability: event.body.capability,
      undispatched: none,
    })
  }
  assert.equal(world.state.capabilities.size, 1)
})
