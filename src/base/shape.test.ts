/** Values that are accepted whole, and sentences about those that are not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from './json.ts'
import type { Shape } from './shape.ts'
import { checked, distinct, isOf, list, mapping, object, oneOf, optional } from './shape.ts'
import { parse, single, tagged, text, whole } from './shape.ts'

interface Thing {
  readonly name: string
  readonly count?: number
  readonly parts: readonly Part[]
}
type Part = { readonly kind: 'a'; readonly size: number } | { readonly kind: 'b' | 'c' }

const aName = text('must be a name', (value) => /^[a-z]+$/u.test(value))
const aPart: Shape<Part> = tagged<Part, 'kind'>('kind', { a: { size: whole(1, 9) }, b: {}, c: {} })
const aThing: Shape<Thing> = object({ name: aName, count: optional(whole(0)), parts: list(aPart, 2) })

function problemOf(shape: Shape<unknown>, value: Json | undefined): string {
  const parsed = parse(shape, value, 'A thing')
  return parsed.ok ? 'nothing' : parsed.error
}

test('what has the shape is taken as the very value that it is', () => {
  const value = { name: 'x', parts: [{ kind: 'a', size: 9 }, { kind: 'c' }] }
  const parsed = parse(aThing, value, 'A thing')
  assert.ok(parsed.ok)
  assert.equal(parsed.value, value)
  assert.ok(isOf(aThing, { ...value, count: 0 }))
})

test('what is wrong is said with the place where it is', () => {
  const part = { kind: 'a', size: 1 }
  const cases: readonly (readonly [Json | undefined, string])[] = [
    [undefined, 'A thing is missing.'],
    [null, 'A thing must be an object.'],
    [[], 'A thing must be an object.'],
    [{ parts: [] }, '`name` is missing.'],
    [{ name: 'X', parts: [] }, '`name` must be a name.'],
    [{ name: 7, parts: [] }, '`name` must be a name.'],
    [{ name: 'x', parts: [], count: -1 }, '`count` must be a whole number from 0.'],
    [{ name: 'x', parts: [], count: 0.5 }, '`count` must be a whole number from 0.'],
    [{ name: 'x', parts: [], more: 1 }, '`more` is not known here.'],
    [{ name: 'x', parts: {} }, '`parts` must be a list of 0 to 2.'],
    [{ name: 'x', parts: [part, part, part] }, '`parts` must be a list of 0 to 2.'],
    [{ name: 'x', parts: [part, 1] }, '`parts[1]` must be an object.'],
    [{ name: 'x', parts: [{}] }, '`parts[0].kind` must be one of a, b, c.'],
    [{ name: 'x', parts: [{ kind: 'd' }] }, '`parts[0].kind` must be one of a, b, c.'],
    [{ name: 'x', parts: [{ kind: 'a' }] }, '`parts[0].size` is missing.'],
    [{ name: 'x', parts: [{ ...part, size: 10 }] }, '`parts[0].size` must be a whole number from 1 to 9.'],
    [{ name: 'x', parts: [{ kind: 'b', size: 1 }] }, '`parts[0].size` is not known here.'],
  ]
  for (const [value, problem] of cases) assert.equal(problemOf(aThing, value), problem)
})

test('names that every object has are names like any other', () => {
  const hostile = JSON.parse('{"__proto__":{"name":"x"},"parts":[]}') as Json
  assert.equal(problemOf(aThing, hostile), '`name` is missing.')
  for (const name of ['__proto__', 'constructor', 'toString']) {
    assert.notEqual(problemOf(aPart, { kind: name }), 'nothing')
    assert.equal(
      problemOf(
        aPart,
        Object.fromEntries([
          ['kind', 'b'],
          [name, 1],
        ]) as Json,
      ),
      `\`${name}\` is not known here.`,
    )
    assert.notEqual(
      problemOf(single<{ readonly only: 1 }>({ only: oneOf([1]) }), Object.fromEntries([[name, 1]]) as Json),
      'nothing',
    )
    const entries = Object.fromEntries([[name, 'X']]) as Json
    assert.equal(problemOf(mapping(aName, 1), entries), `\`${name}\` must be a name.`)
  }
})

test('an object of one member has exactly one, and it is known', () => {
  const shape = single<{ readonly a: number } | { readonly b: string }>({ a: whole(1), b: aName })
  const says = 'A thing must have exactly one member, of a, b.'
  assert.equal(problemOf(shape, { a: 1 }), 'nothing')
  assert.equal(problemOf(shape, { b: 'x' }), 'nothing')
  for (const value of [{}, { a: 1, b: 'x' }, { c: 1 }, null, []]) assert.equal(problemOf(shape, value), says)
  assert.equal(problemOf(shape, { a: 0 }), '`a` must be a whole number from 1.')
})

test('mappings are bounded in number, and in names where that is asked', () => {
  const shape = mapping(aName, 2, (name) => name !== 'bad')
  assert.equal(problemOf(shape, { a: 'x', b: 'y' }), 'nothing')
  assert.equal(problemOf(shape, { a: 'x', b: 'y', c: 'z' }), 'A thing must have at most 2 members.')
  assert.equal(problemOf(shape, { bad: 'x' }), '`bad` is not known here.')
  assert.equal(problemOf(shape, []), 'A thing must be an object.')
})

test('questions about the whole are asked of what has the shape, and of nothing else', () => {
  const shape = checked(list(whole<number>(1), 3), ([first]) => (first === 1 ? null : 'must begin with 1'))
  assert.equal(problemOf(shape, [1, 2]), 'nothing')
  assert.equal(problemOf(shape, [2]), 'A thing must begin with 1.')
  assert.equal(problemOf(shape, ['1']), '`[0]` must be a whole number from 1.')
  const once = distinct(list(aName, 3, 1), (name) => name)
  assert.equal(problemOf(once, ['a', 'b']), 'nothing')
  assert.equal(problemOf(once, ['a', 'a']), 'A thing names one thing twice.')
  assert.equal(problemOf(once, []), 'A thing must be a list of 1 to 3.')
})
