/**
 * How a call’s life is recorded, from the request to its end: each event says who did it, which event led to it, on
 * whose authority, and which bytes belong to it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain } from '../../../test/harness/small-domain.ts'
import { sha256Hex } from '../../base/hash.ts'
import { id } from '../../base/ids.ts'
import type { Caveats } from '../capability/terms.ts'
import type { Decision } from '../decision.ts'
import type { Event } from '../event.ts'
import { limits } from '../limits.ts'
import { builtinJudge } from './judge.ts'

const open = { '*': { arguments: {}, open: true } } as const
const read: Caveats = { selectors: ['tools/read'], where: open }
const bob = { kind: 'process', id: 4 } as const
const files = { kind: 'driver', id: 2 } as const
const kernel = { kind: 'kernel', id: 0 } as const
const authority = { capability: 2, root: 1 }
const none: ReadonlySet<never> = new Set()

/** Bob holds c2, which was derived from the root c1. */
function holding(caveats: Caveats = {}): SmallDomain {
  const domain = new SmallDomain()
  domain.grant(read)
  domain.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats })
  return domain
}

/** Bob’s call under c2. */
function ask(domain: SmallDomain, n = 1): Event {
  const [event] = domain.call('tools/read', { n }, 4, undefined, 2).events
  assert.ok(event !== undefined)
  return event
}

const circumstances = ({ events }: Decision): readonly unknown[] =>
  events.map(({ kind, actor, cause, authority: by, payload }) => [kind, actor, cause, by, payload])

test('an answer is its driver’s, because of the admission, and carries what was answered', () => {
  const domain = holding()
  const admitted = ask(domain)
  const payload = { commitment: sha256Hex('answer'), length: 6, bytes: null }
  const answer = { call: id<never>(1), outcome: 'failed', reason: 'because', released: false } as const
  const settled = domain.do({ kind: 'call.settle', ...answer, payload })
  assert.deepEqual(circumstances(settled), [['call.settled', files, admitted.seq, authority, payload]])
  assert.deepEqual(settled.events[0]?.body, answer)
})

test('who gives up says so, and the call ends because of its admission', () => {
  const domain = holding()
  const admitted = ask(domain)
  const cancelled = domain.do({ kind: 'call.cancel', call: id(1), dispatched: true })
  assert.deepEqual(circumstances(cancelled), [['call.settled', bob, admitted.seq, authority, null]])
  assert.deepEqual(cancelled.events[0]?.body, {
    call: 1,
    outcome: 'cancelled',
    reason: 'the requester gave up',
    released: false,
  })
})

test('what ran out of time ends by the kernel, because of its last event, whether it had left or not', () => {
  const domain = holding()
  const [left, waits] = [ask(domain, 1), ask(domain, 2)]
  domain.now += limits.callMs
  const ticked = domain.do({ kind: 'clock.tick', undispatched: new Set([id<never>(2)]) })
  assert.deepEqual(circumstances(ticked), [
    ['call.settled', kernel, left.seq, authority, null],
    ['call.settled', kernel, waits.seq, authority, null],
  ])
  assert.deepEqual(
    ticked.events.map(({ body }) => body),
    [
      { call: 1, outcome: 'timed-out', reason: 'the driver did not answer in time', released: false },
      { call: 2, outcome: 'timed-out', reason: 'the driver did not take it in time', released: true },
    ],
  )
})

test('what nobody decided in time lapses by the kernel, because it was held', () => {
  const domain = holding({ ask: true })
  const held = ask(domain)
  assert.equal(held.kind, 'call.held')
  domain.now += limits.holdMs
  const ticked = domain.do({ kind: 'clock.tick' })
  assert.deepEqual(circumstances(ticked), [['call.lapsed', kernel, held.seq, null, null]])
  assert.deepEqual(ticked.events[0]?.body, { call: 1, reason: 'expired' })
})

test('what cannot leave any more ends by the kernel, because of its admission', () => {
  const domain = holding({ expiresAt: id(1_700_000_000_001) })
  const admitted = ask(domain)
  domain.now += 1
  const kept = domain.do({ kind: 'call.recheck', call: id(1) })
  assert.deepEqual(circumstances(kept), [['call.settled', kernel, admitted.seq, authority, null]])
})

test('when a driver goes, what had left is in doubt because of that, and says what became of the driver', () => {
  const domain = holding()
  ask(domain)
  const gone = { driver: id<never>(2), incarnation: 1, reason: 'it crashed', undispatched: none }
  const detached = domain.do({ kind: 'driver.detach', ...gone })
  const [first, settled] = detached.events
  assert.deepEqual(circumstances(detached)[1], ['call.settled', kernel, first?.seq, authority, null])
  assert.ok(settled?.kind === 'call.settled')
  const { call, outcome, released } = settled.body
  assert.deepEqual([call, outcome, released], [1, 'in-doubt', false])
})

test('a driver’s question is caused by the call it serves, is answered through the kernel, and ends with it', () => {
  const domain = holding()
  const admitted = ask(domain)
  const caveats = { selectors: ['client/sampling', 'client/elicitation'], where: open }
  domain.order({ do: 'capability.grant', holder: id(2), object: id(2), caveats })
  const asked = domain.ask('client/sampling', {}, 1)
  const [event] = asked.events
  assert.ok(event?.kind === 'call.admitted')
  const own = { capability: 3, root: 3 }
  const payload = { commitment: sha256Hex('{}'), length: 2, bytes: null }
  const driver = { kind: 'process', id: 2 }
  assert.deepEqual(circumstances(asked), [['call.admitted', driver, admitted.seq, own, payload]])
  assert.deepEqual(circumstances(domain.settle(2)), [['call.settled', kernel, event.seq, own, null]])
  const held = domain.ask('client/elicitation', { mode: 'url' }, 1).events[0]
  assert.ok(held?.kind === 'call.held')
  assert.deepEqual([held.cause, held.body.expiresAt], [admitted.seq, domain.now + limits.callMs])
  const withdrawn = domain.do({ kind: 'call.cancel', call: id(3), dispatched: false })
  assert.deepEqual(circumstances(withdrawn), [['call.lapsed', kernel, held.seq, null, null]])
  assert.deepEqual(withdrawn.events[0]?.body, { call: 3, reason: 'withdrawn' })
})

test('a requester that waits for less than the kernel would is held and served for no longer', () => {
  const request = (domain: SmallDomain, deadlineMs: number): Event | undefined =>
    domain.do({
      kind: 'call.request',
      process: id(4),
      designation: { handle: id(2) },
      selector: 'tools/read',
      arguments: {},
      payload: { commitment: sha256Hex(`${deadlineMs}`), length: 2, bytes: null },
      nonce: '0'.repeat(32),
      saltedDigest: () => 's',
      deadlineMs,
    }).events[0]
  const free = holding()
  const admitted = [5, limits.callMs, limits.callMs + 1].map((deadlineMs) => request(free, deadlineMs))
  assert.deepEqual(
    admitted.map((event) => event?.kind === 'call.admitted' && event.body.deadline - free.now),
    [5, limits.callMs, limits.callMs],
  )
  const asking = holding({ ask: true })
  const held = [5, limits.holdMs + 1].map((deadlineMs) => request(asking, deadlineMs))
  assert.deepEqual(
    held.map((event) => event?.kind === 'call.held' && event.body.expiresAt - asking.now),
    [5, limits.holdMs],
  )
})

test('the built-in judge names itself in every verdict, and asks only before something is spent', () => {
  const request = { process: id<never>(4), object: id<never>(2), selector: 'tools/buy', arguments: {} }
  const verdicts = (['observe', 'change', 'act', 'spend', 'govern'] as const).map((effect) =>
    builtinJudge.judge({ ...request, effect }),
  )
  assert.deepEqual(
    verdicts.map(({ effect }) => effect),
    ['allow', 'allow', 'allow', 'ask', 'allow'],
  )
  assert.deepEqual(new Set(verdicts.map(({ version }) => version)), new Set([builtinJudge.version]))
  assert.equal(builtinJudge.version, 'builtin-1')
})
