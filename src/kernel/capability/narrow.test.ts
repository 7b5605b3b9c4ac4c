/** What a child may claim of its parents' terms, one claim at a time. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../../base/ids.ts'
import type { Capability } from '../state.ts'
import { selectorsOf, whyLimitsTooBroad, whyTooBroad } from './narrow.ts'
import type { ArgumentTerm, Caveats } from './terms.ts'

const now = id<never>(1_000)
const free: ArgumentTerm = { constraint: { any: true } }
const level = (caveats: Caveats, counted = { spent: 0, reserved: 0 }): Capability =>
  ({ caveats, ...counted }) as Capability
const terms = (named: { readonly [name: string]: ArgumentTerm }, open?: true): Caveats => ({
  where: { '*': { arguments: named, ...(open === undefined ? {} : { open }) } },
})
const root: Caveats = { selectors: ['a', 'b'], ...terms({ x: free, y: { ...free, optional: true } }) }

/** The parent's caveats, the child's, and whether the child only narrows. */
const claims: readonly (readonly [Caveats, Caveats, boolean])[] = [
  [root, {}, true],
  [root, { selectors: ['a'] }, true],
  [root, { selectors: ['a', 'b'] }, true],
  [root, { selectors: ['c'] }, false],
  [root, { selectors: ['a', 'c'] }, false],
  [{ ...root, expiresAt: id(5_000) }, { expiresAt: id(5_000) }, true],
  [{ ...root, expiresAt: id(5_000) }, { expiresAt: id(5_001) }, false],
  [root, { expiresAt: id(1_001) }, true],
  [root, { expiresAt: id(1_000) }, false],
  [{ ...root, uses: 3 }, { uses: 3 }, true],
  [{ ...root, uses: 3 }, { uses: 4 }, false],
  [root, { uses: 1_000_000 }, true],
  [root, { badge: 'x' }, true],
  [{ ...root, badge: 'x' }, { badge: 'x' }, true],
  [{ ...root, badge: 'x' }, { badge: 'y' }, false],
  [{ ...root, badge: 'x' }, {}, true],
  [root, { rate: { count: 9, perMs: 1 } }, true],
  [{ ...root, rate: { count: 2, perMs: 100 } }, { rate: { count: 2, perMs: 100 } }, true],
  [{ ...root, rate: { count: 2, perMs: 100 } }, { rate: { count: 3, perMs: 150 } }, false],
  [{ ...root, rate: { count: 2, perMs: 100 } }, { rate: { count: 2, perMs: 99 } }, false],
  [{ ...root, rate: { count: 2, perMs: 100 } }, { rate: { count: 1, perMs: 50 } }, true],
  [{ ...root, rate: { count: 2, perMs: 100 } }, { rate: { count: 1, perMs: 49 } }, false],
  [{ ...root, rate: { count: 2, perMs: 100 } }, {}, true],
  [root, terms({ x: { constraint: { eq: 1 } } }), true],
  [root, terms({ x: free, y: { ...free, optional: true } }), true],
  [root, terms({ x: free, y: free }), true],
  [root, terms({ x: { ...free, optional: true } }), false],
  [root, terms({ z: free }), false],
  [root, terms({ x: free }, true), false],
  [{ ...root, ...terms({ x: free }, true) }, terms({ z: free }), true],
  [{ ...root, ...terms({ x: free }, true) }, terms({ x: free }, true), true],
  [
    { ...root, ...terms({ x: { constraint: { in: [1, 2] } } }) },
    terms({ x: { constraint: { eq: 2 } } }),
    true,
  ],
  [
    { ...root, ...terms({ x: { constraint: { in: [1, 2] } } }) },
    terms({ x: { constraint: { eq: 3 } } }),
    false,
  ],
  [{ ...root, ...terms({ x: { constraint: { in: [1, 2] } } }) }, terms({ x: free }), false],
  ...(
    [
      [{ prefix: '/a' }, { prefix: '/a' }, true],
      [{ prefix: '/a' }, { prefix: '/ab' }, true],
      [{ prefix: '/ab' }, { prefix: '/a' }, false],
      [{ prefix: '/a' }, { glob: '/ab*' }, true],
      [{ prefix: '/ab' }, { glob: '/ab' }, true],
      [{ prefix: '/ab' }, { glob: '/a?' }, false],
      [{ prefix: '/a' }, { glob: '*/a' }, false],
      [{ prefix: '/a' }, { within: '/a/b' }, true],
      [{ prefix: '/a' }, { range: { min: 1 } }, false],
      [{ within: '/data' }, { within: '/data/x' }, true],
      [{ within: '/data' }, { within: '/database' }, false],
      [{ within: '/data' }, { prefix: '/data/' }, true],
      [{ within: '/data' }, { prefix: '/data/x' }, true],
      [{ within: '/data' }, { prefix: '/data' }, false],
      [{ within: '/data' }, { prefix: '/etc/data/' }, false],
      [{ within: '/data' }, { glob: '/data/*.txt' }, true],
      [{ within: '/' }, { prefix: '/' }, true],
      [{ within: '/' }, { prefix: 'x' }, false],
      [{ glob: '/a*' }, { glob: '/a*' }, true],
      [{ glob: '/a*' }, { prefix: '/ab' }, false],
      [{ range: { min: 1, max: 9 } }, { range: { min: 1, max: 9 } }, true],
      [{ range: { min: 1, max: 9 } }, { range: { min: 0, max: 9 } }, false],
      [{ range: { min: 1, max: 9 } }, { range: { min: 1 } }, false],
      [{ range: { min: 1 } }, { range: { min: 2, max: 3 } }, true],
      [{ range: { max: 9 } }, { range: { max: 9 } }, true],
      [{ range: { max: 9 } }, { range: { min: 2 } }, false],
      [{ every: { in: [1, 2] } }, { every: { eq: 1 } }, true],
      [{ every: { in: [1, 2] } }, { every: { eq: 3 } }, false],
      [{ every: { any: true } }, { any: true }, false],
      [{ in: ['a', 'b'] }, { in: ['b'] }, true],
      [{ in: ['a', 'b'] }, { in: ['b', 'c'] }, false],
      [{ prefix: 'a' }, { in: ['ab', 'ac'] }, true],
      [{ prefix: 'a' }, { eq: 'b' }, false],
      [{ eq: [1, 2] }, { eq: [1, 2] }, true],
      [{ eq: [1, 2] }, { eq: [1, 3] }, false],
      [{ eq: { a: 1, b: 2 } }, { eq: { a: 1, b: 3 } }, false],
    ] as const
  ).map(
    ([above, below, isNarrower]) =>
      [
        { ...root, ...terms({ x: { constraint: above } }) },
        terms({ x: { constraint: below } }),
        isNarrower,
      ] as const,
  ),
  [root, { where: { a: { arguments: { x: free } } } }, true],
  [root, { where: { c: { arguments: { x: free } } } }, false],
  [root, { selectors: ['a'], where: { b: { arguments: { x: free } } } }, false],
  [root, { where: { a: { arguments: { z: free } } } }, false],
  [
    { selectors: ['a', 'b'], where: { a: { arguments: { x: free } } } },
    { where: { b: { arguments: {} } } },
    true,
  ],
  [
    { selectors: ['a', 'b'], where: { a: { arguments: { x: free } } } },
    { where: { b: { arguments: { x: free } } } },
    false,
  ],
  [{ ...root, also: [{ '*': { arguments: { x: { constraint: { eq: 1 } } } } }] }, terms({ x: free }), false],
  [
    { ...root, also: [{ '*': { arguments: { x: { constraint: { eq: 1 } } } } }] },
    terms({ x: { constraint: { eq: 1 } } }),
    true,
  ],
  [root, terms({ constructor: free }), false],
]

test('a child may claim what its parent allows, and nothing more', () => {
  for (const [parent, child, isNarrower] of claims) {
    const why = whyTooBroad([level(parent)], child, now)
    const claim = `${JSON.stringify(parent)} ⊇ ${JSON.stringify(child)}`
    assert.equal(why === null, isNarrower, claim)
    if (why !== null) assert.equal(why.code, 'too-broad')
  }
})

test('every level above is asked, not only the nearest', () => {
  for (const [parent, child, isNarrower] of claims) {
    const why = whyTooBroad([level({}), level({ ask: true }), level(parent)], child, now)
    assert.equal(why === null, isNarrower, `${JSON.stringify(parent)} ⊇ … ⊇ ${JSON.stringify(child)}`)
  }
})

test('what is spent and reserved is not there to be given', () => {
  const parent = (spent: number, reserved: number): readonly Capability[] => [
    level({ ...root, uses: 5 }, { spent, reserved }),
  ]
  assert.equal(whyTooBroad(parent(2, 1), { uses: 2 }, now), null)
  assert.equal(whyTooBroad(parent(2, 1), { uses: 3 }, now)?.code, 'too-broad')
})

test('terms that are added beside others may say what they like about selectors that are offered', () => {
  const chain = [level(root)]
  assert.equal(whyLimitsTooBroad(chain, terms({ z: free }, true), now), null)
  assert.equal(whyLimitsTooBroad(chain, { where: { c: { arguments: {} } } }, now)?.code, 'too-broad')
  assert.equal(whyLimitsTooBroad(chain, { selectors: ['c'] }, now)?.code, 'too-broad')
})

test('a chain allows the selectors of the nearest level that names any', () => {
  assert.deepEqual([...selectorsOf([level({}), level({ selectors: ['a'] }), level(root)])], ['a'])
  assert.deepEqual([...selectorsOf([level({}), level(root)])], ['a', 'b'])
  assert.deepEqual([...selectorsOf([level({})])], [])
})
