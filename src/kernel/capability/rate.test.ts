/** Rates: windows that the first use opens, what closes them, and what a use that was given back leaves in them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain, kinds } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import type { Decision } from '../decision.ts'
import type { Caveats } from './terms.ts'

const reading: Caveats = { selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } } }

function rated(count: number, perMs: number, caveats: Caveats = {}): SmallDomain {
  const domain = new SmallDomain()
  domain.grant({ ...reading, rate: { count, perMs }, ...caveats })
  return domain
}

const call = (domain: SmallDomain, handle = 1): Decision =>
  domain.call('tools/read', { n: domain.state.nextCall }, 4, undefined, handle)

const giveUp = (domain: SmallDomain, number: number): Decision =>
  domain.do({ kind: 'call.cancel', call: id(number), dispatched: false })

test('a window is opened by its first use, is full after so many, and closes after its time', () => {
  const domain = rated(2, 100)
  assert.equal(call(domain).refusal, null)
  domain.now += 40
  assert.equal(call(domain).refusal, null)
  const refused = call(domain)
  assert.deepEqual(
    [refused.refusal?.code, refused.refusal?.message, refused.refusal?.needed],
    ['rate-limited', 'This capability allows 2 uses per 100 ms.', 'Wait 60 ms and try again.'],
  )
  domain.now += 59
  assert.equal(call(domain).refusal?.needed, 'Wait 1 ms and try again.')
  domain.now += 1
  assert.equal(call(domain).refusal, null)
  const { windowStart, windowCount } = domain.state.capabilities.get(id(1)) ?? {}
  assert.deepEqual([windowStart, windowCount], [domain.now, 1])
})

test('a window that is longer than there has been time still begins with its first use', () => {
  const domain = rated(1, 4_000_000_000_000)
  assert.equal(call(domain).refusal, null)
  assert.equal(domain.state.capabilities.get(id(1))?.windowStart, domain.now)
  assert.equal(call(domain).refusal?.needed, 'Wait 4000000000000 ms and try again.')
})

test('a use that was given back leaves room in the window that it was in', () => {
  const domain = rated(1, 100)
  call(domain)
  assert.equal(call(domain).refusal?.code, 'rate-limited')
  giveUp(domain, 1)
  assert.deepEqual(kinds(call(domain)), ['call.admitted'])
  assert.equal(call(domain).refusal?.code, 'rate-limited')
})

test('a use of an earlier window leaves no room in a later one', () => {
  const domain = rated(1, 100)
  call(domain)
  domain.now += 100
  assert.equal(call(domain).refusal, null)
  giveUp(domain, 1)
  assert.equal(call(domain).refusal?.code, 'rate-limited')
  assert.equal(domain.state.capabilities.get(id(1))?.windowCount, 1)
})

test('a use counts on every level that has a rate, and a level without one counts nothing', () => {
  const domain = rated(2, 100)
  for (const caveats of [{ rate: { count: 1, perMs: 100 } }, {}])
    domain.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats })
  assert.equal(call(domain, 2).refusal, null)
  assert.equal(call(domain, 2).refusal?.code, 'rate-limited')
  assert.equal(call(domain, 3).refusal, null)
  assert.equal(call(domain, 3).refusal?.code, 'rate-limited', 'the root has had two')
  assert.deepEqual(
    [...domain.state.capabilities.values()].map(({ windowCount }) => windowCount),
    [2, 1, 0],
  )
  giveUp(domain, 2)
  assert.deepEqual(
    [...domain.state.capabilities.values()].map(({ windowCount, reserved }) => [windowCount, reserved]),
    [
      [1, 1],
      [1, 1],
      [0, 0],
    ],
  )
})

test('nothing is derived from what has a level without uses left, whichever level it is', () => {
  const domain = new SmallDomain()
  domain.grant({ ...reading, uses: 1 })
  const derive = (handle: number): Decision =>
    domain.do({ kind: 'capability.derive', process: id(4), handle: id(handle), holder: id(4), caveats: {} })
  assert.equal(derive(1).refusal, null)
  call(domain, 2)
  assert.equal(derive(2).refusal?.code, 'exhausted')
})

test('a use from before a rate was put on leaves nothing in its window', () => {
  const domain = new SmallDomain()
  domain.grant(reading)
  call(domain)
  const rate = { count: 1, perMs: 100 }
  domain.order({ do: 'capability.narrow', capability: id(1), caveats: { rate } })
  giveUp(domain, 1)
  const { windowStart, windowCount } = domain.state.capabilities.get(id(1)) ?? {}
  assert.deepEqual([windowStart, windowCount], [0, 0])
  assert.equal(call(domain).refusal, null)
  assert.equal(call(domain).refusal?.code, 'rate-limited')
})
