/** The table’s runs of 64 ids: what is left of them, where new ones go, and what of them is digested. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CapabilityId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { Places } from './places.ts'
import type { Capability } from './record.ts'
import { CapabilityTable } from './table.ts'

function capability(number: number, parent: number = 0): Capability {
  const counters = { children: 0, spent: 0, reserved: 0, windowStart: 0, windowCount: 0 }
  return {
    id: id(number),
    parent: id(parent),
    root: id(parent === 0 ? number : parent),
    depth: parent === 0 ? 0 : 1,
    holder: id(4),
    handle: id(number),
    object: id(2),
    caveats: { uses: number },
    grantedBy: id(1),
    since: id(number),
    held: true,
    revoked: false,
    ...counters,
  }
}

function tableOf(...ids: readonly number[]): CapabilityTable {
  const table = new CapabilityTable()
  for (const number of ids) table.add(capability(number))
  return table
}

const at = (number: number): CapabilityId => id(number)

test('runs of which there is nothing are passed over, and nothing behind them', () => {
  for (const ids of [[1, 192], [1, 64, 65, 128, 193], [63, 64], [5], [200]]) {
    assert.deepEqual([...tableOf(...ids).keys()], ids)
    assert.equal(tableOf(...ids).digests().length, new Set(ids.map((number) => number >>> 6)).size)
  }
})

test('what is asked for by a range is what is in it, with both ends', () => {
  const table = tableOf(1, 2, 64, 65, 192)
  assert.deepEqual([...table.keys(at(2), at(65))], [2, 64, 65])
  assert.deepEqual([...table.keys(at(66), at(191))], [])
  assert.deepEqual([...table.keys(at(192), at(9_999))], [192])
})

test('the place of an emptied run goes to a new one, whichever of its ids is first', () => {
  for (const first of [64, 65, 127]) {
    const table = tableOf(1)
    table.remove(at(1))
    assert.deepEqual(table.digests(), [])
    table.add(capability(first))
    assert.equal(table.has(at(first)), true)
    assert.equal(table.get(at(first))?.id, first)
    assert.deepEqual([...table.keys()], [first])
    assert.equal(table.has(at(1)), false)
  }
})

test('a run is digested by what is in it, and by nothing of its neighbours', () => {
  for (const [changed, run] of [
    [1, 0],
    [63, 0],
    [64, 1],
    [65, 1],
    [127, 1],
    [128, 2],
  ] as const) {
    const before = tableOf(1, 63, 64, 65, 127, 128)
    const after = tableOf(1, 63, 64, 65, 127, 128)
    after.count(at(changed), 1, 0)
    const differs = before.digests().map((digest, index) => digest !== after.digests()[index])
    assert.deepEqual(
      differs,
      [0, 1, 2].map((index) => index === run),
    )
  }
})

test('a digest that was asked for is made anew after every kind of change', () => {
  const changes: readonly ((table: CapabilityTable) => void)[] = [
    (table) => table.revoke(at(1)),
    (table) => table.drop(at(1)),
    (table) => table.move(at(1), id(6), id(9)),
    (table) => table.narrow(at(1), { uses: 99 }),
    (table) => table.count(at(1), 1, 0),
    (table) => table.count(at(1), 0, 1),
    (table) => table.add(capability(3, 1)),
    (table) => table.remove(at(2)),
  ]
  for (const change of changes) {
    const table = tableOf(1, 2)
    const [before] = table.digests()
    assert.deepEqual(table.digests(), [before])
    change(table)
    assert.notEqual(table.digests()[0], before)
  }
})

test('a child that was found live is known to live no more when it is revoked, moved or narrowed', () => {
  for (const change of ['revoke', 'move', 'narrow'] as const) {
    const table = tableOf(1)
    table.add(capability(2, 1))
    table.noteLive(at(2))
    assert.deepEqual([table.isKnownLive(at(1), id(0)), table.isKnownLive(at(2), id(0))], [true, true])
    if (change === 'revoke') table.revoke(at(2))
    else if (change === 'move') table.move(at(2), id(6), id(9))
    else table.narrow(at(2), { uses: 1 })
    assert.equal(table.isKnownLive(at(2), id(0)), false, change)
  }
})

test('in an empty table, and in a run of which nothing is left, nothing is found', () => {
  const places = new Places()
  assert.deepEqual([places.runs, places.find(1), places.find(64), places.isInUse(0)], [0, -1, -1, false])
  for (const number of [64, 69]) places.occupy(number)
  for (const number of [64, 69]) places.vacate(number)
  for (const number of [1, 64, 69, 127, 128]) assert.equal(places.find(number), -1, String(number))
  const table = new CapabilityTable()
  assert.deepEqual(
    [table.has(at(1)), table.get(at(1)), table.size, [...table.keys()]],
    [false, undefined, 0, []],
  )
})

test('a table without a memo answers like one with it', () => {
  for (const memo of [true, false]) {
    const table = new CapabilityTable({ memo })
    table.add(capability(1))
    table.add(capability(2, 1))
    table.noteLive(at(2))
    table.forgetLive()
    assert.equal(table.isKnownLive(at(2), id(0)), false)
    table.noteLive(at(2))
    assert.equal(table.isKnownLive(at(2), id(0)), memo)
    assert.equal(table.termedAbove(at(2)), 1)
  }
})
