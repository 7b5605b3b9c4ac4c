/** Costs and quorums are set by words, and nothing else changes them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { acceptedPins } from './driver-acceptance.ts'
import { showPrices, withPrices } from './driver-prices.ts'

const pin = { selector: 'tools/pay', digest: 'a'.repeat(64), effect: 'act' } as const

test('a cost and a quorum are set, and taken away with the number that means nothing', () => {
  const set = withPrices([pin], { costs: ['pay=10'], quorums: ['tools/pay=2'] })
  assert.deepEqual(set.ok ? set.value : set.error, [{ ...pin, cost: 10, quorum: 2 }])
  const unset = withPrices(set.ok ? set.value : [], { costs: ['pay=0'], quorums: ['pay=1'] })
  assert.deepEqual(unset.ok ? unset.value : unset.error, [pin])
  assert.equal(showPrices({ ...pin, cost: 10, quorum: 2 }), '  costs 10  needs grants of 2 operators')
})

test('what is no number, or about nothing that is offered, is an error', () => {
  for (const words of [['pay'], ['pay=x'], ['pay=-1'], ['=3'], ['other=3']])
    assert.equal(withPrices([pin], { costs: words, quorums: [] }).ok, false)
  for (const word of ['pay=0', 'pay=17'])
    assert.equal(withPrices([pin], { costs: [], quorums: [word] }).ok, false)
})

test('a definition that changed keeps what its use costs and needs', () => {
  const before = { ...pin, cost: 10, quorum: 2 }
  const now = { ...pin, digest: 'b'.repeat(64) }
  const accepted = acceptedPins([before], [now], { only: [], remove: [], effects: [] })
  assert.deepEqual(accepted.ok ? accepted.value : accepted.error, [{ ...now, cost: 10, quorum: 2 }])
})
