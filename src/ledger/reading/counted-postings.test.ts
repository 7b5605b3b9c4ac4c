import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleNumbers } from '../../../test/harness/sample-history.ts'
import { CountedPostings } from './counted-postings.ts'
import type { MoreKeys } from './segment-keys.ts'

interface Sorted {
  readonly keys: readonly number[]
  readonly starts: readonly number[]
  readonly places: readonly number[]
}

function counted(postings: CountedPostings, column: Uint32Array<ArrayBuffer>, more: MoreKeys): Sorted {
  const size = postings.count(column, more)
  const starts = size.keys
  const places = starts + size.keys + 1
  const target = new Uint32Array(places + size.places)
  postings.put(target, 0, starts, places)
  return {
    keys: [...target.subarray(0, starts)],
    starts: [...target.subarray(starts, places)],
    places: [...target.subarray(places)],
  }
}

function sorted(column: Uint32Array, more: MoreKeys): Sorted {
  const lists = new Map<number, number[]>()
  const enter = (key: number, place: number): void => {
    if (key !== 0) lists.set(key, [...(lists.get(key) ?? []), place])
  }
  for (const [place, key] of column.entries()) {
    enter(key, place)
    for (const [at, other] of more.places.entries()) if (other === place) enter(more.keys[at] ?? 0, place)
  }
  for (const [at, place] of more.places.entries())
    if (place >= column.length) enter(more.keys[at] ?? 0, place)
  const keys = [...lists.keys()].sort((a, b) => a - b)
  const starts = [0]
  for (const key of keys) starts.push((starts.at(-1) ?? 0) + (lists.get(key)?.length ?? 0))
  return { keys, starts, places: keys.flatMap((key) => lists.get(key) ?? []) }
}

test('events are sorted by their numbers, small or large, one or two to an event, in memory that is used again', () => {
  const pick = sampleNumbers(17)
  const postings = new CountedPostings()
  for (const bounds of [
    [3],
    [5000],
    [1 << 20, 4],
    [0x1_0000_0000, 9],
    [2000, 0x1_0000_0000],
    [2],
    [1 << 21],
  ]) {
    for (const length of [0, 1, 700]) {
      const any = (): number => pick(bounds[pick(bounds.length)] ?? 1)
      const column = Uint32Array.from({ length }, any)
      const places = Array.from({ length: 40 }, () => pick(720)).sort((a, b) => a - b)
      const own = places.filter((place, at) => place >= length || places[at - 1] !== place)
      const more = { places: own, keys: own.map((place) => 1 + any() + (column[place] ?? 0)) }
      for (const [at, key] of more.keys.entries()) if (key > 0xffff_ffff) more.keys[at] = 7
      for (const [at, place] of own.entries()) if (column[place] === more.keys[at]) more.keys[at] = 1
      for (const [at, place] of own.entries()) if (column[place] === more.keys[at]) more.keys[at] = 2
      assert.deepEqual(counted(postings, column, more), sorted(column, more), `${bounds.join()} ${length}`)
    }
  }
})

test('the largest number that can be looked up by takes no more memory than a small one', () => {
  const postings = new CountedPostings()
  const column = Uint32Array.of(0xffff_ffff, 1, 0, 0xffff_ffff)
  assert.deepEqual(counted(postings, column, { places: [], keys: [] }), {
    keys: [1, 0xffff_ffff],
    starts: [0, 1, 3],
    places: [1, 0, 3],
  })
})
