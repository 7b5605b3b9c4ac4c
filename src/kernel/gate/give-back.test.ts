/** What a call reserved comes back exactly once, on every level that it was reserved on, however the call ends. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain, kinds } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import type { Caveats } from '../capability/terms.ts'
import type { EventOf } from '../event.ts'
import { limits } from '../limits.ts'

const read: Caveats = { selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } } }
const asking: Caveats = { ...read, ask: true }

function held(domain: SmallDomain, handle?: number): EventOf<'call.held'>['body'] {
  const [event] = domain.call('tools/read', { n: 1 }, 4, undefined, handle).events
  assert.ok(event?.kind === 'call.held')
  return event.body
}

function approve(domain: SmallDomain, { call, approvalDigest: digest }: EventOf<'call.held'>['body']): void {
  const order = { do: 'call.approve', call, digest, comment: '' } as const
  assert.deepEqual(kinds(domain.order(order, { waiting: false })), ['call.approved'])
}

/** Reserved and spent uses of every capability in the tree. */
function uses(domain: SmallDomain): readonly (readonly [number, number, number])[] {
  return [...domain.state.capabilities.values()].map(({ id: at, reserved, spent }) => [at, reserved, spent])
}

/** Lets time pass until whatever waits has lapsed. */
function lapse(domain: SmallDomain): void {
  domain.now += limits.holdMs
  assert.deepEqual(kinds(domain.do({ kind: 'clock.tick' })), ['call.lapsed'])
  assert.equal(domain.state.calls.size, 0)
  assert.equal(domain.state.pending.size, 0)
  assert.equal(domain.state.processes.get(id(4))?.held, 0)
}

/** A domain whose call was approved, and stands on grants of two operators. */
function approvedJoined(): SmallDomain {
  const domain = new SmallDomain()
  const bea = domain.enrol('bea')
  domain.grant({ ...asking, quorum: 2 })
  const other = { do: 'capability.grant', holder: id<never>(4), object: id<never>(2), caveats: read } as const
  domain.order(other, { operator: bea })
  approve(domain, held(domain, 1))
  return domain
}

test('a denial that nobody came back for gave its use back when it was given, and not again when it lapses', () => {
  const domain = new SmallDomain()
  domain.grant({ ...asking, uses: 3 })
  const { call, approvalDigest: digest } = held(domain)
  domain.order({ do: 'call.deny', call, digest, comment: '' }, { waiting: false })
  assert.deepEqual(uses(domain), [[1, 0, 0]])
  lapse(domain)
  assert.deepEqual(uses(domain), [[1, 0, 0]])
})

test('an approval that nobody came back for gives the use back on every level, and leaves the tree', () => {
  const domain = new SmallDomain()
  domain.grant(asking)
  domain.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats: {} })
  approve(domain, held(domain, 2))
  assert.deepEqual(uses(domain), [
    [1, 1, 0],
    [2, 1, 0],
    [3, 0, 0],
  ])
  lapse(domain)
  assert.deepEqual(uses(domain), [
    [1, 0, 0],
    [2, 0, 0],
  ])
})

test('what joined an approved call gets its use back too', () => {
  const domain = approvedJoined()
  lapse(domain)
  assert.deepEqual(uses(domain), [
    [1, 0, 0],
    [2, 0, 0],
  ])
})

test('an approved call that is done has spent one use of each that it stands on, and its approval is gone', () => {
  const domain = approvedJoined()
  assert.deepEqual(kinds(domain.call('tools/read', { n: 1 }, 4, undefined, 1)), ['call.admitted'])
  assert.equal(domain.state.processes.get(id(4))?.held, 0)
  domain.settle(1)
  assert.deepEqual(uses(domain), [
    [1, 0, 1],
    [2, 0, 1],
  ])
})

test('a call that costs nothing asks nothing of a budget, not even when the budget goes before it', () => {
  const domain = new SmallDomain()
  domain.grant({ ...read, budget: { amount: 5 } })
  const [admitted] = domain.call('tools/read', {}).events
  assert.equal('cost' in (admitted?.body ?? {}), false)
  assert.equal(domain.state.calls.get(id(1))?.payer, undefined)
  const revoked = domain.order({ do: 'capability.revoke', capability: id(1) })
  assert.deepEqual(kinds(revoked), ['capability.revoked', 'call.settled'])
})

test('who approved so far is remembered, one after the other and nobody else', () => {
  const domain = new SmallDomain()
  const bea = domain.enrol('bea')
  domain.grant({ ...asking, approvals: 3 })
  const { call, approvalDigest: digest } = held(domain)
  for (const operator of [1, bea])
    domain.order({ do: 'call.approve', call, digest, comment: '' }, { operator })
  const waiting = domain.state.calls.get(call)
  assert.deepEqual([waiting?.approvals, waiting?.approvedBy], [3, [1, bea]])
})
