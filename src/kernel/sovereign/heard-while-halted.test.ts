/** What is heard while everything is halted: what only lessens, the ways out, and nothing that lets more happen. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain, smallManifest } from '../../../test/harness/small-domain.ts'
import { keyholder, nextCanon } from '../../../test/harness/canon-domain.ts'
import { id } from '../../base/ids.ts'
import { orderKinds } from '../canon/order-kinds.ts'
import type { OrderAction } from '../command.ts'

const where = { '*': { arguments: {}, open: true } } as const
const digest = 'a'.repeat(64)
const publicKey = 'another key'

/** A domain in which everything is halted; bob holds c1, a call of his waits, and eve is an operator. */
function halted(): SmallDomain {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read'], where, ask: true })
  domain.call('tools/read', {})
  domain.enrol('eve')
  const halt = { requestedAt: id<never>(domain.now), requestedBy: 'ada', reason: 'a drill' }
  domain.do({ kind: 'kernel.boot', code: 'test', policyVersion: 'builtin-1', halt })
  return domain
}

const heard: readonly OrderAction[] = [
  { do: 'driver.remove', driver: id(2) },
  { do: 'agent.remove', agent: id(3) },
  { do: 'process.kill', process: id(4), reason: '' },
  { do: 'process.freeze', process: id(4) },
  { do: 'capability.narrow', capability: id(1), caveats: { uses: 1 } },
  { do: 'capability.revoke', capability: id(1) },
  { do: 'call.deny', call: id(1), digest, comment: '' },
  { do: 'operator.revoke', operator: id(7), reason: 'lost' },
  { do: 'order.decline', proposal: id(7), reason: '' },
  { do: 'order.confirm', proposal: id(7), digest },
  { do: 'domain.freeze', name: 'shop', reason: '' },
  { do: 'domain.remove', name: 'shop' },
  { do: 'domain.resume' },
  { do: 'scope.resume', scope: { agent: id(3) } },
  { do: 'code.accept', digest },
  { do: 'subject.erase', subject: 3, reason: '' },
  { do: 'hold.place', reason: '' },
]

function unheard(domain: SmallDomain): readonly OrderAction[] {
  return [
    { do: 'driver.add', name: 'mail', manifest: smallManifest() },
    { do: 'driver.update', driver: id(2), manifest: smallManifest() },
    { do: 'agent.add', name: 'kim', tokenDigest: digest },
    { do: 'process.thaw', process: id(4) },
    { do: 'process.weigh', process: id(4), weight: 1, priority: 1 },
    { do: 'capability.grant', holder: id(4), object: id(2), caveats: { selectors: ['tools/read'], where } },
    { do: 'call.approve', call: id(1), digest, comment: '' },
    { do: 'operator.enrol', name: 'kim', level: 'sovereign', publicKey, proof: 'p' },
    { do: 'operator.rotate', operator: id(1), publicKey, proof: 'p' },
    { do: 'subject.add', name: 'carol' },
    { do: 'hold.release', hold: id(1), reason: '' },
    { do: 'escrow.create', digest, subjects: [3] },
    { do: 'domain.register', name: 'shop', weight: 1 },
    { do: 'domain.unfreeze', name: 'shop' },
    {
      do: 'canon.amend',
      canon: nextCanon(domain.state, [keyholder('a'), keyholder('b')], 2),
      signatures: [],
    },
  ]
}

test('what only lessens, and what leads out of a halt, is heard while everything is halted', () => {
  for (const action of heard) {
    const code = halted().order(action).refusal?.code
    assert.notEqual(code, 'halted', action.do)
  }
})

test('whatever lets more happen is not heard while everything is halted', () => {
  for (const action of unheard(halted()))
    assert.equal(halted().order(action).refusal?.code, 'halted', action.do)
})

test('every kind of order is one or the other', () => {
  const kinds = [...heard, ...unheard(halted())].map((action) => action.do)
  assert.deepEqual(kinds.toSorted(), Object.keys(orderKinds).toSorted())
})
