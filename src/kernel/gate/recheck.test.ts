/** The last look before a call leaves: whatever died since it was let through keeps it here. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../../base/ids.ts'
import { SmallDomain, kinds, smallManifest } from '../../../test/harness/small-domain.ts'
import type { Caveats } from '../capability/terms.ts'
import type { Decision } from '../decision.ts'
import { limits } from '../limits.ts'

const read: Caveats = { selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } }, uses: 1 }

function recheck(domain: SmallDomain, call = 1): Decision {
  return domain.do({ kind: 'call.recheck', call: id(call) })
}

/** A call that was let through. */
function admitted(caveats: Caveats = read): SmallDomain {
  const domain = new SmallDomain()
  domain.grant(caveats)
  domain.call('tools/read', {})
  return domain
}

test('a call whose authority lives goes out, and nothing is recorded', () => {
  assert.deepEqual(recheck(admitted()), { events: [], refusal: null })
})

test('a call that is not in flight is not found', () => {
  assert.equal(recheck(admitted(), 9).refusal?.code, 'not-found')
  const domain = admitted()
  domain.settle(1)
  assert.deepEqual([recheck(domain).refusal?.code, recheck(domain).events], ['not-found', []])
})

test('a call whose capability expired meanwhile is cancelled, and its use is given back', () => {
  const domain = admitted({ ...read, expiresAt: id(1_700_000_000_500) })
  domain.now += 499
  assert.equal(recheck(domain).refusal, null)
  domain.now += 1
  const { events, refusal } = recheck(domain)
  assert.equal(refusal?.code, 'expired')
  const [event] = events
  assert.ok(event?.kind === 'call.settled')
  assert.deepEqual(event.body, { call: 1, outcome: 'cancelled', reason: refusal.message, released: true })
  assert.deepEqual(event.authority, { capability: 1, root: 1 })
  const left = domain.state.capabilities.get(id(1))
  assert.deepEqual([left?.spent, left?.reserved], [0, 0])
})

test('a call whose deadline passed before it left has timed out, and was not dispatched', () => {
  const domain = admitted()
  domain.now += limits.callMs - 1
  assert.equal(recheck(domain).refusal, null)
  domain.now += 1
  const [event] = recheck(domain).events
  assert.ok(event?.kind === 'call.settled')
  assert.deepEqual([event.body.outcome, event.body.released], ['timed-out', true])
})

test('a call whose driver offers something else now does not leave', () => {
  const changed = admitted()
  const { selectors, ...manifest } = smallManifest()
  const rest = selectors.filter(({ selector }) => selector !== 'tools/read')
  const updated = changed.order(
    {
      do: 'driver.update',
      driver: id(2),
      manifest: { ...manifest, selectors: rest },
    },
    { undispatched: [1] },
  )
  const isCut = kinds(updated).includes('call.settled')
  assert.ok(isCut || recheck(changed).refusal !== null)
  assert.equal(changed.state.calls.size === 0, true)
})

test('a tick ends what is due, and nothing else', () => {
  const domain = admitted({ ...read, uses: 5 })
  domain.grant({ ...read, selectors: ['tools/write'], uses: 5, ask: true })
  domain.call('tools/write', {})
  domain.now += limits.callMs - 1
  assert.deepEqual(kinds(domain.do({ kind: 'clock.tick' })), [])
  domain.now += 1
  const [timed, ...others] = domain.do({ kind: 'clock.tick' }).events
  assert.deepEqual(others, [])
  assert.ok(timed?.kind === 'call.settled')
  assert.deepEqual([timed.body.outcome, timed.body.released], ['timed-out', false])
  assert.equal(domain.state.capabilities.get(id(1))?.spent, 1)
  domain.now += limits.holdMs
  const [lapsed] = domain.do({ kind: 'clock.tick' }).events
  assert.ok(lapsed?.kind === 'call.lapsed')
  assert.equal(lapsed.body.reason, 'expired')
  assert.equal(domain.state.capabilities.get(id(2))?.reserved, 0)
  assert.equal(domain.state.pending.size, 0)
})

test('who gives up a call has its use back only if it never left', () => {
  for (const dispatched of [true, false]) {
    const domain = admitted()
    const [event] = domain.do({ kind: 'call.cancel', call: id(1), dispatched }).events
    assert.ok(event?.kind === 'call.settled')
    assert.deepEqual([event.body.outcome, event.body.released], ['cancelled', !dispatched])
    assert.deepEqual(event.actor, { kind: 'process', id: 4 })
    assert.equal(domain.call('tools/read', {}).refusal?.code, dispatched ? 'exhausted' : undefined)
  }
  const waiting = new SmallDomain()
  waiting.grant({ ...read, ask: true })
  waiting.call('tools/read', {})
  const refused = waiting.do({ kind: 'call.cancel', call: id(1), dispatched: false })
  assert.deepEqual([refused.refusal?.code, refused.events], ['not-found', []])
})

test('an answer to what is not in flight changes nothing', () => {
  const domain = admitted()
  assert.equal(domain.settle(9).refusal?.code, 'not-found')
  const settled = domain.settle(1)
  assert.equal(settled.refusal, null)
  const [event] = settled.events
  assert.deepEqual(event?.actor, { kind: 'driver', id: 2 })
  assert.deepEqual(event.authority, { capability: 1, root: 1 })
  const again = domain.settle(1)
  assert.deepEqual([again.refusal?.code, again.events], ['not-found', []])
})
