/** Where records are: one place an id, places used again, and no more of them than are needed. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Places, runLength, runOf } from './places.ts'

/** Every id from `first` on, `count` of them. */
const ids = (first: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, index) => first + index)

test('every id has a place of its own, where it is found again', () => {
  const places = new Places()
  const taken = ids(1, 300).map((id) => places.occupy(id))
  assert.equal(new Set(taken).size, 300)
  assert.deepEqual(
    ids(1, 300).map((id) => places.find(id)),
    taken,
  )
  assert.equal(places.runs, runOf(300) + 1)
})

test('what is no id has no place', () => {
  const places = new Places()
  places.occupy(5)
  for (const id of [0, -5, 5.5, Number.NaN, Infinity, 2 ** 32 + 5, runLength * 9])
    assert.equal(places.find(id), -1)
  assert.equal(places.isInUse(9), false)
})

test('a run of which nothing is left gives its places to the next, and not before', () => {
  const places = new Places()
  const first = ids(runLength, runLength)
  const before = first.map((id) => places.occupy(id))
  const [last = 0, ...rest] = first.toReversed()
  for (const id of rest) places.vacate(id)
  assert.equal(places.isInUse(1), true)
  const other = ids(2 * runLength, runLength).map((id) => places.occupy(id))
  assert.equal(new Set([...before, ...other]).size, 2 * runLength)
  places.vacate(last)
  assert.equal(places.isInUse(1), false)
  assert.equal(places.find(last), -1)
  const again = ids(3 * runLength, runLength).map((id) => places.occupy(id))
  assert.deepEqual(again, before, 'the same places')
  assert.equal(places.runs, 4)
})

test('places do not grow while as many leave as come', () => {
  const places = new Places()
  let highest = 0
  for (let id = 1; id <= 10_000; id += 1) {
    highest = Math.max(highest, places.occupy(id))
    if (id > runLength) places.vacate(id - runLength)
  }
  assert.ok(highest < 4 * runLength, `${highest}`)
})
