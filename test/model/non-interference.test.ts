/** Two-run non-interference between domains: whatever happens to one, the other sees nothing of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { firstDifference, live } from './non-interference.ts'

const seeds = Array.from({ length: 150 }, (_, seed) => seed)

test('the same inputs to one domain give the same trace, whatever its neighbour and their sovereign do', () => {
  for (const seed of seeds) assert.equal(firstDifference(seed), null, `seed ${seed}`)
})

test('the lives mean something: much happens in both domains, and the two lives of the neighbour differ', () => {
  const all = seeds.slice(0, 60).flatMap((seed) => live(seed, 1))
  for (const kind of ['call.admitted', 'call.held', 'statement.accepted', 'order.refused', 'syscall.refused'])
    assert.ok(
      all.some((line) => line.includes(`"kind":"${kind}"`)),
      kind,
    )
})

test('a count or an id of the sovereign that reached a domain would be noticed', () => {
  for (const leak of ['count', 'id'] as const)
    assert.ok(
      seeds.slice(0, 20).some((seed) => firstDifference(seed, leak) !== null),
      leak,
    )
})
