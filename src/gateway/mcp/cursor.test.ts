import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeCursor, encodeCursor, pageOf, pageSize } from './cursor.ts'

const all = Array.from({ length: pageSize * 2 + 1 }, (_, n) => n)

test('pages follow one another to the end, and miss nothing', () => {
  const seen: number[] = []
  let cursor: string | null = null
  do {
    const page: { readonly items: readonly number[]; readonly next: string | null } | null = pageOf(
      all,
      cursor,
    )
    assert.ok(page !== null)
    seen.push(...page.items)
    cursor = page.next
  } while (cursor !== null)
  assert.deepEqual(seen, all)
})

test('a list that fits has no next page', () => {
  assert.equal(pageOf([1, 2], null)?.next, null)
  assert.deepEqual(pageOf([], null), { items: [], next: null })
})

test('what is no cursor of ours is none, and one past the end shows nothing', () => {
  for (const cursor of [
    '',
    '!',
    'AA',
    encodeCursor([-1]),
    encodeCursor([1.5]),
    encodeCursor(['1']),
    encodeCursor([1, 2]),
  ])
    assert.equal(pageOf(all, cursor), null, cursor)
  assert.deepEqual(pageOf(all, encodeCursor([9_999])), { items: [], next: null })
  assert.equal(decodeCursor('x'.repeat(10_000)), null)
  assert.deepEqual(decodeCursor(encodeCursor([4, 'more', 0])), [4, 'more', 0])
})
