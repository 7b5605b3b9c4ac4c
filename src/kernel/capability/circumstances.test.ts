/**
 * What is recorded when authority changes: each event says who did it, which event led to it and on whose authority,
 * and so does each call that ends with it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import type { Decision } from '../decision.ts'
import type { Caveats } from './terms.ts'

const reading: Caveats = { selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } } }
const ada = { kind: 'operator', id: 1 } as const
const bob = { kind: 'process', id: 4 } as const
const kernel = { kind: 'kernel', id: 0 } as const
const none: ReadonlySet<never> = new Set()

/** Bob holds c1, may give to eve by c2, and derived c3 from c1, under which one call is under way and one waits. */
function working(): SmallDomain {
  const domain = new SmallDomain()
  domain.grant(reading)
  const receive = { selectors: ['capability/receive'], where: {} }
  domain.order({ do: 'capability.grant', holder: id(4), object: id(6), caveats: receive })
  domain.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats: {} })
  domain.call('tools/read', { n: 1 }, 4, undefined, 3)
  domain.do({
    kind: 'capability.derive',
    process: id(4),
    handle: id(3),
    holder: id(4),
    caveats: { ask: true },
  })
  domain.call('tools/read', { n: 2 }, 4, undefined, 4)
  return domain
}

const circumstances = ({ events }: Decision): readonly unknown[] =>
  events.map(({ kind, actor, cause, authority }) => ({ kind, actor, cause, authority }))

test('a revocation is its operator’s, and the calls that it ends are ended by the kernel because of it', () => {
  const domain = working()
  const revoked = domain.order({ do: 'capability.revoke', capability: id(1) })
  const cause = revoked.events[0]?.seq
  assert.deepEqual(circumstances(revoked), [
    { kind: 'capability.revoked', actor: ada, cause: 0, authority: { capability: 1, root: 1 } },
    { kind: 'call.settled', actor: kernel, cause, authority: { capability: 3, root: 1 } },
    { kind: 'call.lapsed', actor: kernel, cause, authority: null },
  ])
  const [event, settled, lapsed] = revoked.events
  assert.ok(event?.kind === 'capability.revoked' && settled?.kind === 'call.settled')
  assert.deepEqual([event.body.cut, event.body.left], [[1, 2], [1]])
  assert.deepEqual(settled.body, {
    call: 1,
    outcome: 'cancelled',
    reason: 'its authority was revoked',
    released: false,
  })
  assert.deepEqual(lapsed?.body, { call: 2, reason: 'revoked' })
})

test('what a process drops is recorded as its own act, on the authority of what it dropped', () => {
  const domain = working()
  const dropped = domain.do({
    kind: 'capability.revoke',
    process: id(4),
    capability: id(3),
    undispatched: new Set([id<never>(1)]),
  })
  assert.deepEqual(circumstances(dropped)[0], {
    kind: 'capability.revoked',
    actor: bob,
    cause: 0,
    authority: { capability: 3, root: 1 },
  })
  const [event, settled] = dropped.events
  assert.ok(event?.kind === 'capability.revoked' && settled?.kind === 'call.settled')
  assert.deepEqual([event.body.cut, 'left' in event.body], [[1, 2], false])
  assert.equal(settled.body.released, true, 'it had not left')
})

test('a move is its giver’s act, and the calls made under what was moved end because of it', () => {
  const domain = working()
  const moved = domain.do({
    kind: 'capability.move',
    process: id(4),
    handle: id(3),
    holder: id(6),
    undispatched: none,
  })
  const cause = moved.events[0]?.seq
  assert.deepEqual(circumstances(moved), [
    { kind: 'capability.moved', actor: bob, cause: 0, authority: { capability: 3, root: 1 } },
    { kind: 'call.settled', actor: kernel, cause, authority: { capability: 3, root: 1 } },
  ])
  const [event] = moved.events
  assert.ok(event?.kind === 'capability.moved')
  assert.deepEqual(event.body, { capability: 3, from: 4, holder: 6, handle: 1, cut: [1], left: [1] })
})

test('a narrowing is its operator’s act, on the authority of what is narrowed', () => {
  const domain = working()
  const where = { 'tools/read': { arguments: { n: { constraint: { eq: 1 } } } } }
  const narrowed = domain.order(
    { do: 'capability.narrow', capability: id(3), caveats: { where } },
    { arguments: new Map([1, 2].map((n) => [id<never>(n), { n }])) },
  )
  assert.deepEqual(circumstances(narrowed), [
    { kind: 'capability.narrowed', actor: ada, cause: 0, authority: { capability: 3, root: 1 } },
    { kind: 'call.lapsed', actor: kernel, cause: narrowed.events[0]?.seq, authority: null },
  ])
})
