/** Nothing from outside reaches the terminal raw. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { visible, visibleJson } from './escape.ts'

// Controls, format characters, line separators, unassigned-by-design and lone surrogates.
const hidden = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

test('terminal sequences, direction marks and invisible characters are spelt out', () => {
  assert.equal(visible('\u001b[2J'), '\\u{1b}[2J')
  assert.equal(visible('a\u202eb'), 'a\\u{202e}b')
  assert.equal(visible('one\ntwo\r'), 'one\\u{a}two\\u{d}')
  assert.equal(visible('\u009b31m\u200b\ufeff'), '\\u{9b}31m\\u{200b}\\u{feff}')
  assert.equal(visible('\ud800'), '\\u{d800}')
  assert.equal(visible('\u{e0041}'), '\\u{e0041}')
  assert.equal(visible('Grüße, 世界 🙂'), 'Grüße, 世界 🙂')
})

test('text that already looks like an escape is told apart from one', () => {
  assert.notEqual(visible('\\u{1b}'), visible('\u001b'))
})

test('no text prints a character that a terminal acts upon', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.doesNotMatch(visible(text), hidden)))
})

test('JSON output is safe to print and says the same', () => {
  fc.assert(
    fc.property(fc.json(), fc.string({ unit: 'binary' }), (json, text) => {
      const value: unknown = [JSON.parse(json), text]
      const shown = visibleJson(value)
      assert.doesNotMatch(shown, hidden)
      assert.deepEqual(JSON.parse(shown), JSON.parse(JSON.stringify(value)))
    }),
  )
})
