/** Caveats kept once: equal ones share a number, and a number is given anew once nobody refers to it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../../base/ids.ts'
import { CaveatSets } from './caveat-sets.ts'

test('equal caveats share a number, whatever the order of their members, and different ones do not', () => {
  const sets = new CaveatSets()
  const one = sets.take({ uses: 1, ask: true })
  assert.equal(sets.take({ ask: true, uses: 1 }), one)
  assert.notEqual(sets.take({ uses: 1 }), one)
  assert.deepEqual(sets.at(one).caveats, { uses: 1, ask: true })
})

test('a number is given anew when its last reference is gone, and not before', () => {
  const sets = new CaveatSets()
  const one = sets.take({ uses: 1 })
  assert.equal(sets.take({ uses: 1 }), one)
  sets.drop(one)
  const two = sets.take({ uses: 2 })
  assert.notEqual(two, one, 'somebody still refers to it')
  sets.drop(one)
  assert.throws(() => sets.at(one))
  assert.equal(sets.take({ uses: 3 }), one)
  assert.deepEqual(sets.at(one).caveats, { uses: 3 })
  assert.equal(sets.take({ uses: 1 }), two + 1, 'what was forgotten is new')
})

test('a set knows whether it asks anything, and when it is over', () => {
  const sets = new CaveatSets()
  const [empty, ending] = [sets.at(sets.take({})), sets.at(sets.take({ expiresAt: id(5) }))]
  assert.deepEqual([empty.isEmpty, empty.expiresAt], [true, Infinity])
  assert.deepEqual([ending.isEmpty, ending.expiresAt], [false, 5])
})
