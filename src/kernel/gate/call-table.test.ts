import { test } from 'node:test'
import assert from 'node:assert/strict'
import type { CallId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Call } from '../state.ts'
import { CallTable } from './call-table.ts'

const call = (number: number): Call => ({ id: id<CallId>(number) }) as Call

/** A generator of numbers below `below`, the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let last = seed
  return (below) => {
    last = (Math.imul(last, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((last / 4_294_967_296) * below)
  }
}

for (const seed of [1, 2, 3, 4]) {
  test(`calls that come and go are found, gone and in order as in a map (seed ${seed})`, () => {
    const below = numbers(seed)
    const [table, map] = [new CallTable(), new Map<CallId, Call>()]
    // From somewhere near 2^32, so that ids do not fit into the bits of the places either.
    let next = seed % 2 === 0 ? 4_294_967_000 : 1
    for (let step = 0; step < 20_000; step++) {
      const most = step % 4_000 < 2_000 ? 700 : 20
      if (map.size < most && below(3) > 0) {
        const added = call((next += 1 + below(3)))
        table.add(added)
        map.set(added.id, added)
      } else {
        const gone = [...map.keys()][below(map.size + 1)] ?? id<CallId>(next + 7)
        table.delete(gone)
        map.delete(gone)
        assert.equal(table.has(gone), false)
      }
      assert.equal(table.size, map.size)
      if (step % 97 === 0) {
        assert.deepEqual([...table], [...map])
        assert.deepEqual([...table.keys()], [...map.keys()])
        for (const [key, value] of map) assert.equal(table.get(key), value)
      }
    }
  })
}

test('what is gone through does not change with the table', () => {
  const table = CallTable.of([call(1), call(2), call(3)])
  const seen: number[] = []
  for (const each of table.values()) {
    table.delete(id(2))
    seen.push(each.id)
  }
  assert.deepEqual(
    [seen, [...table.keys()]],
    [
      [1, 2, 3],
      [1, 3],
    ],
  )
})

test('a call cannot begin twice', () => {
  const table = CallTable.of([call(1)])
  assert.throws(() => table.add(call(1)), /begins once/)
})
