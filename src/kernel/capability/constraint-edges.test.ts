/** Each kind of constraint at its edges: the last value that it allows and the first that it does not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, JsonObject } from '../../base/json.ts'
import { whyRefused } from './arguments.ts'
import { implies, sameJson, satisfies } from './constraint.ts'
import type { Capability } from './record.ts'
import type { Caveats, Constraint } from './terms.ts'

/** A constraint, what it allows and what it does not. */
const judged: readonly (readonly [Constraint, readonly Json[], readonly Json[]])[] = [
  [{ any: true }, [null, false, 0, '', [], {}], []],
  [
    { eq: { a: [1, 'x'] } },
    [{ a: [1, 'x'] }],
    [{ a: [1] }, { a: ['x', 1] }, { a: [1, 'x'], b: 1 }, null, 'a'],
  ],
  [{ in: [1, 'a', null] }, [1, 'a', null], [2, 'b', false, [1], undefined as never]],
  [{ range: { min: 1, max: 3 } }, [1, 2.5, 3], [0.999, 3.001, '2', null, [2], true]],
  [{ range: { min: 1 } }, [1, 1e300], [0, -1, 'z']],
  [{ range: { max: 3 } }, [3, -1e300], [4, '1']],
  [{ prefix: 'ab' }, ['ab', 'abc'], ['a', 'xab', 1, null, ['ab']]],
  [{ glob: 'a*' }, ['a', 'abc', `a${'b'.repeat(4095)}`], ['b', 'a/b', `a${'b'.repeat(4096)}`, 1, ['a']]],
  [{ within: '/a' }, ['/a', '/a/b'], ['/ab', '/', 'a', '/a/../b', 1, ['/a'], {}]],
  [{ every: { range: { min: 0 } } }, [[], [0], [1, 2]], [[1, -1], [-1, 1], 1, null, { 0: 1 }, 'a']],
  [{ every: { every: { eq: 1 } } }, [[[1], []]], [[1], [[2]]]],
]

/** Whether one constraint is certainly as narrow as another. */
const implied: readonly (readonly [Constraint, Constraint, boolean])[] = [
  [{ eq: 2 }, { range: { min: 2 } }, true],
  [{ eq: 1 }, { range: { min: 2 } }, false],
  [{ in: [2, 3] }, { range: { max: 3 } }, true],
  [{ in: [2, 4] }, { range: { max: 3 } }, false],
  [{ in: [] }, { eq: 1 }, true],
  [{ range: { min: 1, max: 3 } }, { range: { min: 1, max: 3 } }, true],
  [{ range: { min: 1, max: 2 } }, { range: { min: 1, max: 3 } }, true],
  [{ range: { min: 2, max: 3 } }, { range: { min: 1, max: 3 } }, true],
  [{ range: { min: 0, max: 3 } }, { range: { min: 1, max: 3 } }, false],
  [{ range: { min: 1, max: 4 } }, { range: { min: 1, max: 3 } }, false],
  [{ range: { max: 3 } }, { range: { min: 1, max: 3 } }, false],
  [{ range: { min: 1 } }, { range: { min: 1, max: 3 } }, false],
  [{ range: { max: 2 } }, { range: { max: 3 } }, true],
  [{ range: { min: 2 } }, { range: { min: 1 } }, true],
  [{ range: { min: 2 } }, { range: { max: 3 } }, false],
  [{ range: { max: 2 } }, { range: { min: 1 } }, false],
  [{ range: { min: 1 } }, { prefix: 'a' }, false],
  [{ every: { eq: 1 } }, { every: { range: { min: 1 } } }, true],
  [{ every: { eq: 0 } }, { every: { range: { min: 1 } } }, false],
  [{ every: { eq: 1 } }, { eq: 1 }, false],
  [{ prefix: '/a' }, { every: { eq: 1 } }, false],
  [{ prefix: 'abc' }, { prefix: 'ab' }, true],
  [{ prefix: 'a' }, { prefix: 'ab' }, false],
  [{ glob: 'abc*' }, { prefix: 'ab' }, true],
  [{ glob: 'a*bc' }, { prefix: 'ab' }, false],
  [{ within: '/a/b' }, { prefix: '/a' }, true],
  [{ within: '/a/b' }, { within: '/a' }, true],
  [{ within: '/ab' }, { within: '/a' }, false],
  [{ within: '/a' }, { within: '/' }, true],
  [{ within: '/' }, { within: '/a' }, false],
  [{ prefix: '/a/b' }, { within: '/a' }, true],
  [{ prefix: '/a' }, { within: '/a' }, false],
  [{ prefix: '/a' }, { within: '/' }, true],
  [{ glob: '/a/*.txt' }, { within: '/a' }, true],
  [{ glob: '/*/a' }, { within: '/a' }, false],
  [{ prefix: 'a' }, { glob: 'a*' }, false],
  [{ any: true }, { prefix: 'a' }, false],
  [{ any: true }, { range: { min: 1 } }, false],
  [{ any: true }, { any: true }, true],
]

test('a constraint allows up to its edge and nothing beyond', () => {
  for (const [constraint, allowed, refused] of judged) {
    for (const value of allowed)
      assert.equal(satisfies(constraint, value), true, JSON.stringify([constraint, value]))
    for (const value of refused)
      assert.equal(satisfies(constraint, value), false, JSON.stringify([constraint, value]))
  }
})

test('a constraint is as narrow as another up to the other’s edge', () => {
  for (const [child, parent, expected] of implied)
    assert.equal(implies(child, parent), expected, JSON.stringify([child, parent]))
})

test('values are the same by what they are made of', () => {
  const values: readonly Json[] = [
    null,
    true,
    false,
    0,
    1,
    '',
    '0',
    [],
    [1],
    [1, 2],
    {},
    { a: 1 },
    { a: 1, b: 2 },
  ]
  for (const [at, left] of values.entries())
    for (const [other, right] of values.entries())
      assert.equal(sameJson(left, structuredClone(right)), at === other, JSON.stringify([left, right]))
  assert.equal(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 }), true)
  assert.equal(sameJson({ a: 1, b: 2 }, { a: 1, c: 2 }), false)
  assert.equal(sameJson([1, 2], [2, 1]), false)
})

/** What is refused of arguments under levels of a chain, leaf first. */
function refusedOf(
  levels: readonly Caveats[],
  values: JsonObject,
  commitment = 'c',
): readonly unknown[] | null {
  const chain = levels.map((caveats) => ({ caveats }) as Capability)
  const refused = whyRefused(chain, 'tools/read', values, commitment)
  return refused === null ? null : [refused.code, refused.message, refused.needed]
}

test('arguments are refused by name, and it is said what would be allowed', () => {
  const where = {
    'tools/read': {
      arguments: { path: { constraint: { within: '/a' } }, depth: { constraint: { eq: 1 }, optional: true } },
    },
  } as const
  assert.equal(refusedOf([{ where }], { path: '/a' }), null)
  assert.equal(refusedOf([{ where }], { path: '/a', depth: 1 }), null)
  assert.deepEqual(refusedOf([{ where }], {}), [
    'argument-refused',
    'The argument "path" is missing.',
    '"path" must be given.',
  ])
  assert.deepEqual(refusedOf([{ where }], { path: '/a', depth: 2 }), [
    'argument-refused',
    'The argument "depth" is outside what was granted.',
    '"depth" must satisfy {"eq":1}.',
  ])
  const long = 'x'.repeat(65)
  for (const [name, shown] of [
    ['x'.repeat(64), 'x'.repeat(64)],
    [long, `${'x'.repeat(64)}…`],
  ] as const)
    assert.deepEqual(refusedOf([{ where }], { path: '/a', [name]: 1 }), [
      'argument-refused',
      `The argument "${shown}" was not granted.`,
      `A grant that mentions "${shown}".`,
    ])
})

test('what every object inherits is no argument that was given, and no term that was granted', () => {
  const needs = { '*': { arguments: { toString: { constraint: { any: true } } } } } as const
  assert.equal(refusedOf([{ where: needs }], {})?.[1], 'The argument "toString" is missing.')
  const none = { '*': { arguments: {} } }
  const strange = JSON.parse('{"constructor":1}') as JsonObject
  assert.equal(refusedOf([{ where: none }], strange)?.[1], 'The argument "constructor" was not granted.')
  assert.equal(
    refusedOf([{ where: { 'tools/write': { arguments: {}, open: true } } }], { a: 1 })?.[0],
    'argument-refused',
  )
})

test('every level is asked, and an approval beside is for its own bytes only', () => {
  const open = { '*': { arguments: {}, open: true } } as const
  const narrow = { '*': { arguments: { a: { constraint: { eq: 1 } } } } } as const
  assert.equal(refusedOf([{ where: open }, { where: narrow }], { a: 1 }), null)
  assert.notEqual(refusedOf([{ where: open }, { where: narrow }], { a: 2 }), null)
  assert.notEqual(refusedOf([{ where: narrow }, { where: open }], { a: 2 }), null)
  assert.notEqual(refusedOf([{ where: open, also: [narrow] }], { a: 2 }), null)
  assert.notEqual(refusedOf([{ also: [narrow] }, { where: open }], { a: 2 }), null)
  const approved = { argumentsCommitment: 'c' }
  assert.equal(refusedOf([approved, { where: open }], { a: 2 }), null)
  assert.deepEqual(refusedOf([approved, { where: open }], { a: 2 }, 'd'), [
    'argument-refused',
    'These are not the arguments that were approved.',
    'A new approval.',
  ])
})
