/** What ends a call and what does not: who gives up, when something is due, and which driver went. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain, kinds, smallManifest } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import type { Caveats } from '../capability/terms.ts'
import type { Decision } from '../decision.ts'
import { limits } from '../limits.ts'
import { isAnythingDue } from './settle.ts'

const open = { '*': { arguments: {}, open: true } } as const
const read: Caveats = { selectors: ['tools/read'], where: open }
const nothingThere = {
  code: 'not-found',
  message: 'The call is not in flight.',
  needed: 'Nothing.',
  seq: null,
}

function cancel(domain: SmallDomain, call: number): Decision {
  return domain.do({ kind: 'call.cancel', call: id(call), dispatched: true })
}

const isDue = (domain: SmallDomain): boolean => isAnythingDue(domain.state, id(domain.now))

test('giving up or answering a call that there is not changes nothing, and needs nothing', () => {
  const domain = new SmallDomain()
  for (const decision of [cancel(domain, 99), domain.settle(99)])
    assert.deepEqual(decision, { events: [], refusal: nothingThere })
})

test('an agent’s call that waits goes on waiting when nobody waits for it any more', () => {
  const domain = new SmallDomain()
  domain.grant({ ...read, ask: true })
  domain.call('tools/read', {})
  assert.deepEqual(cancel(domain, 1), { events: [], refusal: nothingThere })
  assert.equal(domain.state.calls.get(id(1))?.stage, 'held')
})

test('a question that was let through is cancelled like any call, and one that waits lapses', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  domain.call('tools/read', {})
  domain.grant({ selectors: ['client/sampling'], where: open }, 2)
  domain.ask('client/sampling', { n: 1 }, 1)
  assert.deepEqual(kinds(cancel(domain, 2)), ['call.settled'])
  domain.grant({ selectors: ['client/sampling'], where: open, ask: true, uses: 9 }, 2)
  domain.order({ do: 'capability.revoke', capability: id(2) })
  domain.ask('client/sampling', { n: 2 }, 1)
  assert.deepEqual(kinds(cancel(domain, 3)), ['call.lapsed'])
})

test('something is due from the very instant at which a call or a proposal ends, and not before', () => {
  const domain = new SmallDomain()
  domain.grant(read)
  assert.equal(isDue(domain), false)
  domain.call('tools/read', {})
  domain.now += limits.callMs - 1
  assert.equal(isDue(domain), false)
  domain.now += 1
  assert.equal(isDue(domain), true)
  domain.do({ kind: 'clock.tick' })
  assert.equal(isDue(domain), false)
  const bea = domain.enrol('bea', 'co-operator')
  const order = { do: 'agent.add', name: 'kim', tokenDigest: 'a'.repeat(64) } as const
  assert.deepEqual(kinds(domain.order(order, { operator: bea })), ['order.proposed'])
  domain.now += limits.proposalMs - 1
  assert.equal(isDue(domain), false)
  domain.now += 1
  assert.equal(isDue(domain), true)
  domain.do({ kind: 'clock.tick' })
  assert.equal(isDue(domain), false)
})

test('when one driver goes, what another asks goes on', () => {
  const domain = new SmallDomain()
  const manifest = smallManifest()
  domain.order({ do: 'driver.add', name: 'mail', manifest })
  const definitions = new Map(manifest.selectors.map(({ selector, digest }) => [selector, digest] as const))
  domain.do({ kind: 'driver.attach', driver: id(7), definitions })
  const caveats = { selectors: ['client/roots'], where: open }
  for (const driver of [2, 7]) {
    domain.order({ do: 'capability.grant', holder: id(driver), object: id(driver), caveats })
    const asked = domain.do({
      kind: 'call.request',
      process: id(driver),
      designation: { object: id(driver) },
      selector: 'client/roots',
      arguments: {},
      payload: { commitment: 'c', length: 2, bytes: null },
      nonce: '0'.repeat(32),
      saltedDigest: () => 's',
    })
    assert.deepEqual(kinds(asked), ['call.admitted'])
  }
  const gone = { driver: id<never>(7), incarnation: 1, reason: 'gone', undispatched: new Set<never>() }
  domain.do({ kind: 'driver.detach', ...gone })
  assert.deepEqual(
    [...domain.state.calls.values()].map(({ object }) => object),
    [2],
  )
})
