/** Constraints as people type them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Constraint } from '../kernel/capability/terms.ts'
import { parseWhere, showTerm } from './constraint-syntax.ts'

function constraint(text: string): Constraint {
  const line = parseWhere(text)
  assert.ok(line.ok, line.ok ? '' : line.error)
  return line.value.term.constraint
}

function refused(text: string): string {
  const line = parseWhere(text)
  assert.ok(!line.ok, `${text} should not be understood`)
  return line.error
}

test('every form of the language is understood', () => {
  assert.deepEqual(constraint('path within /data'), { within: '/data' })
  assert.deepEqual(constraint('head range 1..100'), { range: { min: 1, max: 100 } })
  assert.deepEqual(constraint('head range ..-5'), { range: { max: -5 } })
  assert.deepEqual(constraint('head range 0.5..'), { range: { min: 0.5 } })
  assert.deepEqual(constraint('mode = "w"'), { eq: 'w' })
  assert.deepEqual(constraint('mode eq 3'), { eq: 3 })
  assert.deepEqual(constraint('mode = plain text'), { eq: 'plain text' })
  assert.deepEqual(constraint('mode in ["a","b"]'), { in: ['a', 'b'] })
  assert.deepEqual(constraint('name prefix report-'), { prefix: 'report-' })
  assert.deepEqual(constraint('name glob *.txt'), { glob: '*.txt' })
  assert.deepEqual(constraint('paths every within /data'), { every: { within: '/data' } })
  assert.deepEqual(constraint('query any'), { any: true })
})

test('a question mark makes the argument optional, a selector in front narrows the line to it', () => {
  const line = parseWhere('write_file: path? within /data')
  assert.ok(line.ok)
  assert.equal(line.value.selector, 'tools/write_file')
  assert.equal(line.value.argument, 'path')
  assert.equal(line.value.term.optional, true)
})

test('what is not understood is refused with a sentence, never guessed', () => {
  assert.match(refused('path'), /is not a constraint/u)
  assert.match(refused('path inside /data'), /"inside" is not a constraint/u)
  assert.match(refused('path within data'), /absolute/u)
  for (const path of ['/data/', '/data/../etc', '//data', '/./data', '/da%2e', '/~root']) {
    assert.match(refused(`path within ${path}`), /not canonical/u, path)
  }
  assert.match(refused('n range 5..1'), /no number lies/u)
  assert.match(refused('n range ..'), /needs MIN/u)
  assert.match(refused('n in []'), /JSON array/u)
  assert.match(refused('n in a,b'), /JSON array/u)
  assert.match(refused('n any thing'), /takes nothing/u)
  assert.match(refused('n every every every every every every any'), /too deeply/u)
})

test('what is shown of a constraint can be typed again', () => {
  const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  const path = fc
    .array(fc.stringMatching(/^[a-z0-9 _-]{1,8}$/u), { minLength: 1, maxLength: 3 })
    .map((parts) => `/${parts.join('/')}`)
  const leaf: fc.Arbitrary<Constraint> = fc.oneof(
    fc.constant<Constraint>({ any: true }),
    fc.oneof(text, fc.integer(), fc.boolean()).map((eq) => ({ eq })),
    fc.array(fc.integer(), { minLength: 1, maxLength: 4 }).map((values) => ({ in: values })),
    fc.tuple(fc.integer(), fc.nat()).map(([min, extra]) => ({ range: { min, max: min + extra } })),
    text.map((prefix) => ({ prefix })),
    text.map((glob) => ({ glob })),
    path.map((within) => ({ within })),
  )
  const any = fc.oneof(
    leaf,
    leaf.map((every) => ({ every })),
  )
  fc.assert(
    fc.property(any, fc.boolean(), (wanted, isOptional) => {
      const shown = showTerm(
        'name',
        isOptional ? { constraint: wanted, optional: true } : { constraint: wanted },
      )
      const line = parseWhere(shown)
      assert.ok(line.ok, shown)
      assert.deepEqual(line.value.term.constraint, wanted)
      assert.equal(line.value.term.optional ?? false, isOptional)
    }),
  )
})
