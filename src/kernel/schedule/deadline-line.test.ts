/** One process's line: the earliest deadline first, whatever comes and goes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DeadlineLine } from './deadline-line.ts'

test('the earliest deadline is first, and equal ones keep their order', () => {
  const line = new DeadlineLine<{ readonly name: string; readonly deadline: number }>()
  for (const [name, deadline] of Object.entries({ c: 3, a: 1, c2: 3, b: 2 })) line.add({ name, deadline })
  assert.deepEqual(
    line.items().map(({ name }) => name),
    ['a', 'b', 'c', 'c2'],
  )
  assert.deepEqual([line.take()?.name, line.take()?.name, line.length], ['a', 'b', 2])
})

test('whatever is added, taken and removed, it is the order of a sorted list', () => {
  const line = new DeadlineLine<{ readonly deadline: number }>()
  let mirror: { readonly deadline: number }[] = []
  let seed = 7
  const below = (most: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648
    return seed % most
  }
  for (let step = 0; step < 5_000; step++) {
    const what = below(10)
    if (what < 5) {
      const item = { deadline: below(4) === 0 ? below(1000) : 1000 + step }
      line.add(item)
      mirror = [...mirror, item].toSorted((a, b) => a.deadline - b.deadline)
    } else if (what < 8) {
      assert.equal(line.take(), mirror.shift())
    } else if (mirror.length > 0) {
      const [gone = { deadline: 0 }] = mirror.splice(below(mirror.length), 1)
      assert.equal(line.remove(gone), true)
      assert.equal(line.remove(gone), false)
    }
    assert.equal(line.length, mirror.length)
  }
  assert.deepEqual(line.items(), mirror)
})
