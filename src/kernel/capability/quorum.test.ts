/** Uses that need several grants or several people, of different origin. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain, kinds, smallManifest } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import type { Decision } from '../decision.ts'
import type { Caveats } from './terms.ts'

const open = { '*': { arguments: {}, open: true } } as const
const reading = { selectors: ['tools/read'], where: open } as const

function grantBy(domain: SmallDomain, operator: number, caveats: Caveats): Decision {
  return domain.order({ do: 'capability.grant', holder: id(4), object: id(2), caveats }, { operator })
}

function call(domain: SmallDomain, handle?: number): Decision {
  return domain.call('tools/read', { n: domain.state.nextCall }, 4, undefined, handle)
}

function usesOf(domain: SmallDomain): readonly number[] {
  return [...domain.state.capabilities.values()].map(({ reserved, spent }) => reserved + spent)
}

test('a use that needs two grants takes one use of each, granted by two operators', () => {
  const domain = new SmallDomain()
  const bea = domain.enrol('bea')
  grantBy(domain, 1, { ...reading, quorum: 2 })
  assert.equal(call(domain, 1).refusal?.code, 'not-held')
  grantBy(domain, bea, { ...reading, uses: 1 })
  const admitted = call(domain, 1)
  const [event] = admitted.events
  assert.ok(event?.kind === 'call.admitted')
  assert.deepEqual([event.body.capability, event.body.with], [1, [2]])
  assert.deepEqual(usesOf(domain), [1, 1])
  assert.equal(call(domain, 1).refusal?.code, 'not-held', 'the other has no uses left')
})

test('two grants of one operator are one, and so is what was derived from a grant', () => {
  const domain = new SmallDomain()
  domain.enrol('bea')
  grantBy(domain, 1, { ...reading, quorum: 2 })
  grantBy(domain, 1, reading)
  domain.do({ kind: 'capability.derive', process: id(4), handle: id(2), holder: id(4), caveats: {} })
  for (const handle of [1, undefined]) {
    const refused = call(domain, handle)
    // Without naming one, the second grant serves alone: it asks for nobody beside itself.
    if (handle === undefined) assert.deepEqual(kinds(refused), ['call.admitted'])
    else assert.equal(refused.refusal?.code, 'not-held')
  }
})

test('a selector that is pinned with a quorum needs it of every grant', () => {
  const domain = new SmallDomain()
  const bea = domain.enrol('bea')
  const manifest = smallManifest()
  const selectors = manifest.selectors.map((pin) => ({ ...pin, quorum: 2 }))
  domain.order({ do: 'driver.update', driver: id(2), manifest: { ...manifest, selectors } })
  domain.do({ kind: 'driver.detach', driver: id(2), incarnation: 1, reason: '', undispatched: new Set() })
  domain.attach()
  grantBy(domain, 1, reading)
  assert.equal(call(domain).refusal?.code, 'not-held')
  grantBy(domain, bea, { ...reading, expiresAt: id(domain.now + 100) })
  assert.deepEqual(kinds(call(domain)), ['call.admitted'])
  domain.now += 100
  assert.equal(call(domain).refusal?.code, 'not-held', 'the other has expired')
})

test('a grant that does not allow the arguments does not join', () => {
  const domain = new SmallDomain()
  const bea = domain.enrol('bea')
  grantBy(domain, 1, { ...reading, quorum: 2 })
  grantBy(domain, bea, { ...reading, where: { '*': { arguments: { n: { constraint: { eq: 9 } } } } } })
  assert.equal(call(domain, 1).refusal?.code, 'not-held')
})

test('revoking one of the grants ends what stands on both, and uses are given back', () => {
  const domain = new SmallDomain()
  const bea = domain.enrol('bea')
  grantBy(domain, 1, { ...reading, quorum: 2, uses: 5 })
  grantBy(domain, bea, reading)
  call(domain, 1)
  const revoked = domain.order({ do: 'capability.revoke', capability: id(2) }, { undispatched: [1] })
  assert.deepEqual(kinds(revoked), ['capability.revoked', 'call.settled'])
  const [first] = revoked.events
  assert.ok(first?.kind === 'capability.revoked')
  assert.deepEqual([first.body.cut, first.body.left], [[1], undefined])
  assert.equal(domain.state.capabilities.get(id(1))?.reserved, 0)
})

test('the last look before dispatch is at every grant that a call stands on', () => {
  const domain = new SmallDomain()
  const bea = domain.enrol('bea')
  grantBy(domain, 1, { ...reading, quorum: 2 })
  grantBy(domain, bea, { ...reading, expiresAt: id(domain.now + 100) })
  call(domain, 1)
  domain.now += 100
  const stopped = domain.do({ kind: 'call.recheck', call: id(1) })
  assert.equal(stopped.refusal?.code, 'expired')
})

test('a held call keeps those it was held with, and is collected only while they live', () => {
  const domain = new SmallDomain()
  const bea = domain.enrol('bea')
  grantBy(domain, 1, { ...reading, quorum: 2, ask: true })
  grantBy(domain, bea, { ...reading, expiresAt: id(domain.now + 100) })
  const args = { n: 1 }
  const [held] = domain.call('tools/read', args, 4, undefined, 1).events
  assert.ok(held?.kind === 'call.held')
  domain.order(
    { do: 'call.approve', call: id(1), digest: held.body.approvalDigest, comment: '' },
    { waiting: false },
  )
  domain.now += 100
  assert.equal(domain.call('tools/read', args, 4, undefined, 1).refusal?.code, 'not-held')
})

/** A call that `needed` operators must approve; approves it with `by`, one after the other. */
function approvals(caveats: Caveats, by: readonly number[]): { domain: SmallDomain; last: Decision } {
  const domain = new SmallDomain()
  for (const name of ['bea', 'cal']) domain.enrol(name)
  grantBy(domain, 1, { ...reading, ...caveats })
  const [held] = call(domain).events
  assert.ok(held?.kind === 'call.held')
  const order = {
    do: 'call.approve',
    call: id<never>(1),
    digest: held.body.approvalDigest,
    comment: '',
  } as const
  let last: Decision = { events: [], refusal: null }
  for (const operator of by) last = domain.order(order, { operator })
  return { domain, last }
}

test('a use that three operators must approve waits for three different ones', () => {
  const [bea, cal] = [7, 8]
  assert.deepEqual(kinds(approvals({ approvals: 3 }, [1]).last), ['call.seconded'])
  assert.deepEqual(kinds(approvals({ approvals: 3 }, [1, bea]).last), ['call.seconded'])
  assert.equal(approvals({ approvals: 3 }, [1, bea, bea]).last.refusal?.code, 'not-entitled')
  assert.deepEqual(kinds(approvals({ approvals: 3 }, [1, bea, cal]).last), ['call.approved', 'call.admitted'])
})

test('an approval counts only while whoever gave it is an operator', () => {
  const { domain } = approvals({ approvals: 2 }, [7])
  domain.order({ do: 'operator.revoke', operator: id(7), reason: 'revoked' })
  const digest = domain.state.calls.get(id(1))?.approvalDigest ?? ''
  const next = domain.order({ do: 'call.approve', call: id(1), digest, comment: '' }, { operator: 8 })
  assert.deepEqual(kinds(next), ['call.seconded'])
})

test('one operator is enough to deny', () => {
  const { domain } = approvals({ approvals: 3 }, [1])
  const digest = domain.state.calls.get(id(1))?.approvalDigest ?? ''
  const denied = domain.order({ do: 'call.deny', call: id(1), digest, comment: '' }, { operator: 8 })
  assert.deepEqual(kinds(denied), ['call.denied'])
})

test('an approval under four eyes is a proposal until a second operator agrees', () => {
  assert.deepEqual(kinds(approvals({ fourEyes: true }, [1]).last), ['order.proposed'])
})
