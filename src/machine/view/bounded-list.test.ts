/** Lists that fit in a frame, and those that do not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../base/json.ts'
import { boundedList } from './bounded-list.ts'

test('a list that fits is its JSON text, up to the very last byte', () => {
  for (const list of [[], [1], [{ a: 'é' }, null, 'x', []]] as Json[][]) {
    const text = JSON.stringify(list)
    const bytes = Buffer.byteLength(text)
    assert.equal(Buffer.from(boundedList(list, bytes) ?? []).toString(), text)
    if (list.length > 0) assert.equal(boundedList(list, bytes - 1), null)
  }
})

test('an endless list is given up after what would have fitted', () => {
  let made = 0
  function* endless(): Generator<Json> {
    for (;;) yield `${(made += 1)}`.padEnd(98, 'x')
  }
  assert.equal(boundedList(endless(), 10_000), null)
  assert.equal(made, 100)
})
