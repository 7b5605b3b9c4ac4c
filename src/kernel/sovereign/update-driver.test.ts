/** An operator accepts another manifest while calls under the old one wait, or are on their way. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../../base/ids.ts'
import type { Decision } from '../decision.ts'
import type { DriverManifest } from '../manifest.ts'
import { SmallDomain, kinds, smallManifest } from '../../../test/harness/small-domain.ts'

const open = { '*': { arguments: {}, open: true } } as const

/** A domain where bob may use everything, and asks an operator for `asked`. */
function domainOf(asked: readonly string[]): SmallDomain {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read', 'tools/write'], where: open })
  if (asked.length > 0) domain.grant({ selectors: asked, where: open, ask: true })
  return domain
}

function update(domain: SmallDomain, manifest: DriverManifest): Decision {
  return domain.order({ do: 'driver.update', driver: id(2), manifest })
}

function without(selector: string): DriverManifest {
  const manifest = smallManifest()
  return { ...manifest, selectors: manifest.selectors.filter((pin) => pin.selector !== selector) }
}

/** Bob's call that waits for an operator. */
function held(domain: SmallDomain, selector: string): { call: number; digest: string } {
  const [event] = domain.call(selector, { n: domain.state.nextCall }).events
  assert.ok(event?.kind === 'call.held')
  return { call: event.body.call, digest: event.body.approvalDigest }
}

test('what waits for a decision about a selector that is gone or pinned anew lapses with the update', () => {
  for (const change of [
    without('tools/buy'),
    {
      ...smallManifest(),
      selectors: smallManifest().selectors.map((pin) => ({ ...pin, digest: 'f'.repeat(64) })),
    },
    {
      ...smallManifest(),
      selectors: smallManifest().selectors.map((pin) => ({ ...pin, effect: 'act' as const })),
    },
  ]) {
    const domain = domainOf(['tools/buy'])
    const { call, digest } = held(domain, 'tools/buy')
    const updated = update(domain, change)
    assert.deepEqual(kinds(updated), ['driver.updated', 'call.lapsed'])
    domain.attach()
    const late = domain.order({ do: 'call.approve', call: id(call), digest, comment: '' })
    assert.equal(late.refusal?.code, 'not-found')
  }
})

test('what waits for a decision about a selector that stays what it was goes on waiting', () => {
  const domain = domainOf(['tools/buy'])
  const { call, digest } = held(domain, 'tools/buy')
  assert.deepEqual(kinds(update(domain, without('tools/write'))), ['driver.updated'])
  const order = { do: 'call.approve', call: id<never>(call), digest, comment: '' } as const
  assert.deepEqual(kinds(domain.order(order)), ['call.approved'], 'the driver has not attached anew')
})

test('an approval that nobody collected is worth nothing once the selector is another', () => {
  const domain = domainOf(['tools/buy'])
  const { call, digest } = held(domain, 'tools/buy')
  domain.order({ do: 'call.approve', call: id(call), digest, comment: '' }, { waiting: false })
  assert.deepEqual(kinds(update(domain, without('tools/buy'))), ['driver.updated', 'call.lapsed'])
})

test('a question that its driver no longer declares lapses while it is held', () => {
  const domain = domainOf([])
  domain.grant({ selectors: ['client/sampling'], where: open, ask: true }, 2)
  domain.call('tools/read', {})
  assert.deepEqual(kinds(domain.ask('client/sampling', {}, 1)), ['call.held'])
  const manifest = smallManifest()
  const { client: _, ...program } = manifest.program
  assert.deepEqual(kinds(update(domain, { ...manifest, program })), ['driver.updated', 'call.lapsed'])
})

test('a call that was let through before an update and has not left does not leave, and costs nothing', () => {
  const domain = domainOf([])
  assert.deepEqual(kinds(domain.call('tools/read', {})), ['call.admitted'])
  assert.deepEqual(kinds(update(domain, smallManifest())), ['driver.updated'])
  const stopped = domain.do({ kind: 'call.recheck', call: id(1) })
  assert.equal(stopped.refusal?.code, 'definition-changed')
  const [settled] = stopped.events
  assert.ok(settled?.kind === 'call.settled' && settled.body.released)
})
