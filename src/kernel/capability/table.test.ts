/** The table by itself: what it keeps, what it forgets, and what it takes for an id. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CapabilityId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Capability } from './record.ts'
import { CapabilityTable } from './table.ts'

function capability(number: number, above: Partial<Capability> = {}): Capability {
  const parent = above.id ?? id<CapabilityId>(0)
  const counters = { children: 0, spent: 0, reserved: 0, windowStart: 0, windowCount: 0 }
  return {
    id: id(number),
    parent,
    root: above.root ?? id(number),
    depth: above.depth === undefined ? 0 : above.depth + 1,
    holder: id(4),
    handle: id(number),
    object: id(2),
    caveats: above.id === undefined ? { selectors: ['a'] } : {},
    grantedBy: id(1),
    since: id(number * 10),
    held: true,
    revoked: false,
    ...counters,
  }
}

test('what was added is what is there, whatever the size of its numbers', () => {
  const table = new CapabilityTable()
  const large = {
    holder: id<never>(4_294_967_295),
    object: id<never>(4_294_967_294),
    since: id<never>(2 ** 53 - 1),
  }
  const root = { ...capability(1), ...large, grantedBy: id<never>(4_000_000_000), spent: 2 ** 52 }
  const child = {
    ...capability(2, root),
    ...large,
    grantedBy: root.grantedBy,
    handle: id<never>(4_294_967_295),
  }
  table.add(root)
  table.add(child)
  assert.deepEqual(table.get(id(1)), { ...root, children: 1 })
  assert.deepEqual(table.get(id(2)), child)
  assert.deepEqual([...table.keys()], [1, 2])
})

test('nothing but the id of a capability in the tree finds one', () => {
  const table = new CapabilityTable()
  table.add(capability(5))
  for (const stray of [0, -5, 4, 6, 5.5, 2 ** 32 + 5, 2 ** 53, Number.NaN, Infinity]) {
    assert.equal(table.has(id(stray)), false, String(stray))
    assert.equal(table.get(id(stray)), undefined)
    assert.throws(() => table.parentOf(id(stray)), /in the tree/)
    assert.throws(() => table.isKnownLive(id(stray), id(0)), /in the tree/)
  }
})

test('an id is never used again, and what is needed stays', () => {
  const table = new CapabilityTable()
  const root = capability(1)
  table.add(root)
  table.add(capability(2, root))
  assert.throws(() => table.remove(id(1)), /needed/)
  table.remove(id(2))
  assert.throws(() => table.add(capability(2, root)), /ids of capabilities grow/)
  table.count(id(1), 1, 0)
  assert.throws(() => table.remove(id(1)), /needed/)
  table.count(id(1), -1, 1)
  assert.throws(() => table.count(id(1), -1, 0), /was reserved/)
  table.remove(id(1))
  assert.equal(table.size, 0)
})

test('places of emptied runs are used again, and iteration is in the order of creation all the same', () => {
  const table = new CapabilityTable()
  for (let at = 1; at <= 1_000; at++) table.add(capability(at))
  for (let at = 1; at <= 900; at++) if (at % 100 !== 0) table.remove(id(at))
  for (let at = 1_001; at <= 3_000; at++) table.add(capability(at))
  const keys = [...table.keys()]
  assert.deepEqual(keys.slice(0, 10), [100, 200, 300, 400, 500, 600, 700, 800, 900, 901])
  assert.deepEqual(
    keys,
    keys.toSorted((a, b) => a - b),
  )
  assert.equal(keys.length, table.size)
  assert.deepEqual([...table.keys(250, 500)], [300, 400, 500])
  for (const key of keys) assert.equal(table.get(key)?.since, key * 10)
  // A place that held something else starts without its counts, its window and its findings.
  assert.deepEqual(table.get(id(1_500)), capability(1_500))
})

test('a place that is used again is not remembered as live', () => {
  const table = new CapabilityTable()
  for (let at = 1; at <= 64; at++) table.add(capability(at))
  for (let at = 1; at < 64; at++) table.noteLive(id(at))
  for (let at = 1; at < 64; at++) table.remove(id(at))
  for (let at = 65; at < 128; at++) table.add(capability(at))
  table.remove(id(64))
  for (let at = 128; at < 256; at++) {
    table.add(capability(at))
    assert.equal(table.isKnownLive(id(at), id(0)), false)
  }
})

test('a memory of a walk counts until something in the tree changes, and never beyond an expiry', () => {
  const table = new CapabilityTable()
  const root = { ...capability(1), caveats: { selectors: ['a'], expiresAt: id<never>(500) } }
  const child = capability(2, root)
  table.add(root)
  table.add(child)
  table.add({ ...capability(3, child), caveats: { uses: 2 } })
  table.add(capability(4))
  const known = (): readonly boolean[] => [1, 2, 3, 4].map((at) => table.isKnownLive(id(at), id(499)))
  assert.deepEqual(known(), [false, false, false, false])
  for (const at of [3, 4]) table.noteLive(id(at))
  assert.deepEqual(known(), [true, true, true, true])
  assert.equal(table.isKnownLive(id(3), id(500)), false, 'the root has expired')
  assert.deepEqual(
    [1, 2, 3].map((at) => table.termedAbove(id(at))),
    [0, 1, 1],
  )
  const forgets: readonly (() => void)[] = [
    () => table.move(id(3), id(6), id(9)),
    () => table.narrow(id(2), { expiresAt: id(400) }),
    () => table.forgetLive(),
    () => table.revoke(id(1)),
  ]
  for (const forget of forgets) {
    table.noteLive(id(3))
    forget()
    assert.deepEqual(known().slice(0, 3), [false, false, false])
  }
  assert.equal(table.isKnownLive(id(4), id(499)), false, 'forgetting everything forgets other trees too')
  table.noteLive(id(4))
  table.revoke(id(2))
  assert.equal(table.isKnownLive(id(4), id(499)), true, 'a change in one tree leaves others alone')
})

test('a million capabilities with few distinct caveats take at most 64 bytes each', () => {
  const before = process.memoryUsage().arrayBuffers
  const table = new CapabilityTable()
  const root = capability(1)
  table.add(root)
  for (let at = 2; at <= 1_000_000; at++) table.add(capability(at, root))
  const taken = process.memoryUsage().arrayBuffers - before
  assert.ok(taken <= 64_000_000 && table.size === 1_000_000, `${taken} bytes`)
})
