/** The gate, one request at a time: which capability is used, what is held, what is refused with what. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256Hex } from '../../base/hash.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { SmallDomain, kinds, smallManifest } from '../../../test/harness/small-domain.ts'
import type { Caveats } from '../capability/terms.ts'
import { decide } from '../decide.ts'
import type { Decision } from '../decision.ts'
import { limits } from '../limits.ts'
import type { Judge } from './judge.ts'

const open = { '*': { arguments: {}, open: true } } as const
const read: Caveats = { selectors: ['tools/read'], where: open }
const asking: Caveats = { ...read, ask: true }
const none: ReadonlySet<never> = new Set()

const codeOf = ({ refusal }: Decision): string | undefined => refusal?.code

/** The capability that was used, whatever became of the request. */
function usedIn({ events }: Decision): number | undefined {
  const [event] = events
  return event?.kind === 'call.admitted' || event?.kind === 'call.held' ? event.body.capability : undefined
}

function held(domain: SmallDomain, args: JsonObject = { a: 1 }) {
  const [event] = domain.call('tools/read', args).events
  assert.ok(event?.kind === 'call.held')
  return event.body
}

test('of several capabilities the one that asks nobody is used, whatever their order', () => {
  for (const order of [
    [asking, read],
    [read, asking],
  ]) {
    const domain = new SmallDomain()
    for (const caveats of order) domain.grant(caveats)
    const used = domain.call('tools/read', {})
    assert.deepEqual(kinds(used), ['call.admitted'])
    assert.equal(usedIn(used), order.indexOf(read) + 1)
  }
})

test('a capability that asks is preferred to one that refuses, and the first of equals is used', () => {
  const domain = new SmallDomain()
  domain.grant({ ...read, uses: 1 })
  domain.grant(asking)
  domain.grant(asking)
  assert.equal(usedIn(domain.call('tools/read', { n: 1 })), 1)
  assert.equal(usedIn(domain.call('tools/read', { n: 2 })), 2)
})

test('a handle means exactly the capability that it designates', () => {
  const domain = new SmallDomain()
  domain.grant(asking)
  domain.grant(read)
  assert.deepEqual(kinds(domain.call('tools/read', {}, 4, undefined, 1)), ['call.held'])
  assert.deepEqual(kinds(domain.call('tools/read', { n: 2 }, 4, undefined, 2)), ['call.admitted'])
  const unknown = domain.call('tools/read', {}, 4, undefined, 3)
  assert.equal(codeOf(unknown), 'not-held')
  const [event] = unknown.events
  assert.ok(event?.kind === 'syscall.refused')
  assert.equal(event.body.object, 0, 'without a capability not even the object is named')
})

test('the refusal that is told is the one that got furthest', () => {
  const domain = new SmallDomain()
  const narrow = { '*': { arguments: { a: { constraint: { eq: 1 } } } } }
  domain.grant({ selectors: ['tools/write'], where: open })
  assert.equal(codeOf(domain.call('tools/read', { a: 2 })), 'selector-not-granted')
  domain.grant(read)
  domain.order({ do: 'capability.revoke', capability: id(2) })
  assert.equal(codeOf(domain.call('tools/read', { a: 2 })), 'revoked')
  domain.grant({ ...read, where: narrow })
  const refused = domain.call('tools/read', { a: 2 })
  assert.equal(codeOf(refused), 'argument-refused')
  const [event] = refused.events
  assert.ok(event?.kind === 'syscall.refused')
  assert.deepEqual([event.body.object, event.body.process, event.body.selector], [2, 4, 'tools/read'])
})

test('nobody and a stranger are told nothing about what there is', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  assert.deepEqual(domain.call('tools/read', {}, 99), {
    events: [],
    refusal: { code: 'not-found', message: 'There is no such process.', needed: 'An agent.', seq: null },
  })
  const eves = domain.call('tools/read', {}, 6)
  const missing = domain.do({
    kind: 'call.request',
    process: id(6),
    designation: { object: id(77) },
    selector: 'tools/read',
    arguments: {},
    payload: { commitment: 'c', length: 2, bytes: null },
    nonce: '0'.repeat(32),
    saltedDigest: () => 's',
  })
  for (const { refusal, events } of [eves, missing]) {
    assert.deepEqual(
      [refusal?.code, refusal?.message, refusal?.needed],
      ['not-held', 'This process holds no capability for that.', 'A grant by an operator.'],
    )
    assert.equal(events[0]?.kind === 'syscall.refused' && events[0].body.object, 0)
  }
})

test('what is let through says on whose authority, until when, and what it was judged by', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  const [event] = domain.call('tools/read', {}).events
  assert.ok(event?.kind === 'call.admitted')
  const { deadline, effect, verdict, process, object } = event.body
  assert.deepEqual([deadline, effect, process, object], [domain.now + limits.callMs, 'observe', 4, 2])
  assert.deepEqual(verdict, { effect: 'allow', version: 'builtin-1', reasons: [] })
  assert.deepEqual(
    [event.actor, event.authority, event.cause],
    [{ kind: 'process', id: 4 }, { capability: 1, root: 1 }, 0],
  )
  assert.equal(event.payload?.commitment, sha256Hex('{}'))
})

test('what is held says why, until when, and carries the arguments', () => {
  const domain = new SmallDomain()
  domain.grant({ ...asking, selectors: ['tools/read', 'tools/buy'] })
  const [event] = domain.call('tools/buy', {}).events
  assert.ok(event?.kind === 'call.held')
  assert.deepEqual(event.body.demands, [
    'the capability asks for approval',
    'spending is always approved by a person',
  ])
  assert.equal(event.body.expiresAt, domain.now + limits.holdMs)
  assert.deepEqual(
    [event.actor, event.authority],
    [
      { kind: 'process', id: 4 },
      { capability: 1, root: 1 },
    ],
  )
  assert.equal(event.payload?.commitment, sha256Hex('{}'))
  assert.equal(domain.state.processes.get(id(4))?.held, 1)
})

test('a process has so many calls waiting, and no more', () => {
  const domain = new SmallDomain()
  domain.grant(asking)
  for (let n = 0; n < limits.heldPerProcess; n += 1)
    assert.equal(domain.call('tools/read', { n }).refusal, null)
  assert.equal(codeOf(domain.call('tools/read', { n: -1 })), 'limit')
  const call = [...domain.state.calls.values()][0]
  const digest = call?.approvalDigest ?? ''
  domain.order({ do: 'call.deny', call: id(1), digest, comment: '' }, { waiting: true })
  assert.deepEqual(kinds(domain.call('tools/read', { n: -1 })), ['call.held'])
})

test('a process has so many calls in flight, and no more', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  for (let n = 0; n < limits.inFlightPerProcess; n += 1)
    assert.equal(domain.call('tools/read', {}).refusal, null)
  assert.equal(codeOf(domain.call('tools/read', {})), 'limit')
  domain.settle(1)
  assert.equal(domain.call('tools/read', {}).refusal, null)
})

test('arguments too long to be shown are not held, and are let through where nobody asks', () => {
  for (const [length, code] of [
    [limits.heldArgumentsLength, undefined],
    [limits.heldArgumentsLength + 1, 'limit'],
  ] as const) {
    const ask = (caveats: Caveats): Decision => {
      const domain = new SmallDomain()
      domain.grant(caveats)
      return domain.do({
        kind: 'call.request',
        process: id(4),
        designation: { object: id(2) },
        selector: 'tools/read',
        arguments: {},
        payload: { commitment: 'c', length, bytes: null },
        nonce: '0'.repeat(32),
        saltedDigest: () => 's',
      })
    }
    assert.equal(codeOf(ask(asking)), code)
    assert.equal(codeOf(ask(read)), undefined)
  }
})

test('a policy that denies is obeyed, and its words are told and recorded', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  const deny: Judge = {
    version: 'strict',
    judge: () => ({ effect: 'deny', version: 'strict', reasons: ['not today', 'nor ever'] }),
  }
  const command = {
    kind: 'call.request',
    at: id<never>(domain.now),
    process: id<never>(4),
    designation: { object: id<never>(2) },
    selector: 'tools/read',
    arguments: {},
    payload: { commitment: 'c', length: 2, bytes: null },
    nonce: '0'.repeat(32),
    saltedDigest: () => 's',
    trace: 'a trace',
  } as const
  const { refusal, events } = decide(domain.state, command, deny)
  assert.deepEqual(
    [refusal?.code, refusal?.message],
    ['policy-denied', 'Policy denies it: not today; nor ever.'],
  )
  const [event] = events
  assert.ok(event?.kind === 'syscall.refused')
  assert.equal(event.body.verdict?.version, 'strict')
  assert.equal(event.body.trace, 'a trace')
})

test('what the requester calls its trace is in every event of the request, and is not invented', () => {
  const domain = new SmallDomain()
  const traces = (caveats: Caveats, trace: string | null): unknown => {
    domain.grant(caveats, 6)
    const { events } = domain.do({
      kind: 'call.request',
      process: id(6),
      designation: { handle: id(domain.state.nextCapability - 1) },
      selector: 'tools/read',
      arguments: {},
      payload: { commitment: `c${domain.state.seq}`, length: 2, bytes: null },
      nonce: '0'.repeat(32),
      saltedDigest: () => 's',
      ...(trace === null ? {} : { trace }),
    })
    const body = events[0]?.body ?? {}
    return 'trace' in body ? body.trace : 'none'
  }
  for (const caveats of [read, asking, { ...read, selectors: ['tools/write'] }]) {
    assert.equal(traces(caveats, 'a trace'), 'a trace')
    assert.equal(traces(caveats, null), 'none')
  }
})

test('while the driver is away nothing is let through, and nothing is used', () => {
  const domain = new SmallDomain()
  domain.grant({ ...read, uses: 1 })
  domain.do({ kind: 'driver.detach', driver: id(2), incarnation: 1, reason: '', undispatched: none })
  assert.equal(codeOf(domain.call('tools/read', {})), 'driver-unavailable')
  domain.attach()
  assert.equal(domain.call('tools/read', {}).refusal, null)
})

test('an approval is collected once, even where the capability has no use left for another', () => {
  const domain = new SmallDomain()
  domain.grant({ ...asking, uses: 1, rate: { count: 1, perMs: 60_000 } })
  const { call, approvalDigest: digest } = held(domain)
  assert.equal(codeOf(domain.call('tools/read', { a: 2 })), 'exhausted')
  domain.order({ do: 'call.approve', call, digest, comment: '' }, { waiting: false })
  const [collected] = domain.call('tools/read', { a: 1 }).events
  assert.ok(collected?.kind === 'call.admitted')
  assert.deepEqual([collected.body.call, collected.authority?.root], [call, 1])
  assert.equal(collected.body.deadline, domain.now + limits.callMs)
  assert.equal(codeOf(domain.call('tools/read', { a: 1 })), 'exhausted')
})

test('an approval is collected from the budget that was set aside for it, though nothing more is in it', () => {
  const domain = new SmallDomain()
  const manifest = smallManifest()
  const selectors = manifest.selectors.map((pin) => ({ ...pin, cost: 10 }))
  domain.order({ do: 'driver.update', driver: id(2), manifest: { ...manifest, selectors } })
  domain.do({ kind: 'driver.detach', driver: id(2), incarnation: 1, reason: '', undispatched: none })
  domain.attach()
  domain.grant({ ...asking, budget: { amount: 10 } })
  const { call, approvalDigest: digest } = held(domain)
  assert.equal(codeOf(domain.call('tools/read', { a: 2 })), 'exhausted')
  domain.order({ do: 'call.approve', call, digest, comment: '' }, { waiting: false })
  assert.deepEqual(kinds(domain.call('tools/read', { a: 1 })), ['call.admitted'])
})

test('how many operators must approve is said when a call is held, where it is more than one', () => {
  const approvals = (caveats: Caveats): number | undefined => {
    const domain = new SmallDomain()
    domain.grant(caveats)
    return held(domain).approvals
  }
  assert.equal(approvals(asking), undefined)
  assert.equal(approvals({ ...asking, approvals: 1 }), undefined)
  assert.equal(approvals({ ...asking, approvals: 3 }), 3)
})

test('killing a process ends what stands on it, and what others do goes on', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  domain.grant(read, 6)
  domain.call('tools/read', { by: 'bob' })
  domain.call('tools/read', { by: 'eve' }, 6)
  const killed = domain.order({ do: 'process.kill', process: id(6), reason: '' })
  assert.deepEqual(kinds(killed), ['process.killed', 'call.settled'])
  assert.deepEqual([...domain.state.calls.keys()], [1])
  assert.equal(domain.do({ kind: 'call.recheck', call: id(1) }).refusal, null)
})

test('killing a process ends what others do under what it gave them', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  const receive = { selectors: ['capability/receive'], where: open }
  domain.order({ do: 'capability.grant', holder: id(4), object: id(6), caveats: receive })
  const given = { process: id<never>(4), handle: id<never>(1), holder: id<never>(6), caveats: {} }
  domain.do({ kind: 'capability.derive', ...given })
  domain.grant(read, 6)
  assert.equal(usedIn(domain.call('tools/read', { n: 1 }, 6, undefined, 1)), 3)
  assert.equal(usedIn(domain.call('tools/read', { n: 2 }, 6, undefined, 2)), 4)
  const killed = domain.order({ do: 'process.kill', process: id(4), reason: '' })
  assert.deepEqual(kinds(killed), ['process.killed', 'call.settled'])
  assert.deepEqual([...domain.state.calls.keys()], [2])
})

test('an approval that cannot be used any more is refused when it is collected, and recorded', () => {
  const domain = new SmallDomain()
  domain.grant(asking)
  const { call, approvalDigest: digest } = held(domain)
  domain.order({ do: 'call.approve', call, digest, comment: '' }, { waiting: false })
  domain.do({ kind: 'driver.detach', driver: id(2), incarnation: 1, reason: '', undispatched: none })
  const refused = domain.call('tools/read', { a: 1 })
  assert.equal(codeOf(refused), 'driver-unavailable')
  const [event] = refused.events
  assert.ok(event?.kind === 'syscall.refused')
  assert.deepEqual([event.body.process, event.body.object, event.body.selector], [4, 2, 'tools/read'])
  domain.attach()
  assert.deepEqual(kinds(domain.call('tools/read', { a: 1 })), ['call.admitted'])
})

test('a decision is for a call that waits, its digest and its time, and is given once', () => {
  const domain = new SmallDomain()
  domain.grant(asking)
  const { call, approvalDigest: digest, expiresAt } = held(domain)
  for (const kind of ['call.approve', 'call.deny'] as const) {
    const order = (changed: JsonObject): Decision =>
      domain.order({ do: kind, call, digest, comment: '', ...changed })
    assert.equal(codeOf(order({ digest: 'ab' })), 'version-mismatch')
    assert.equal(codeOf(order({ call: 99 })), 'not-found')
  }
  domain.now = expiresAt
  assert.equal(codeOf(domain.order({ do: 'call.deny', call, digest, comment: '' })), 'approval-expired')
  domain.now -= 1
})

test('a denial gives the reserved use back and is told with the operator’s words', () => {
  const domain = new SmallDomain()
  domain.grant({ ...asking, uses: 1 })
  const { call, approvalDigest: digest } = held(domain)
  const denied = domain.order({ do: 'call.deny', call, digest, comment: 'no' }, { waiting: false })
  assert.deepEqual(denied.events[0]?.authority, { capability: 1, root: 1 })
  assert.equal(domain.state.capabilities.get(id(1))?.reserved, 0)
  const told = domain.call('tools/read', { a: 1 })
  assert.deepEqual(
    [told.refusal?.code, told.refusal?.message],
    ['approval-denied', 'An operator declined this call: no'],
  )
  assert.equal(told.events[0]?.kind === 'syscall.refused' && told.events[0].body.collects, call)
  assert.deepEqual(kinds(domain.call('tools/read', { a: 1 })), ['call.held'], 'it is heard once')
})

test('an approval admits at once only while somebody waits and the driver can serve', () => {
  const approved = (waiting: boolean, before: (domain: SmallDomain) => unknown): readonly string[] => {
    const domain = new SmallDomain()
    domain.grant(asking)
    const { call, approvalDigest: digest } = held(domain)
    before(domain)
    return kinds(domain.order({ do: 'call.approve', call, digest, comment: '' }, { waiting }))
  }
  const away = (domain: SmallDomain): Decision =>
    domain.do({ kind: 'driver.detach', driver: id(2), incarnation: 1, reason: '', undispatched: none })
  assert.deepEqual(
    approved(true, () => undefined),
    ['call.approved', 'call.admitted'],
  )
  assert.deepEqual(
    approved(false, () => undefined),
    ['call.approved'],
  )
  assert.deepEqual(approved(true, away), ['call.approved'])
})
