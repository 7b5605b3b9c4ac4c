/** From values to constraints: nothing that was seen is refused, and nothing is guessed wider than it says. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../base/json.ts'
import { satisfies } from '../../kernel/capability/constraint.ts'
import { parseCaveats } from '../../kernel/capability/parse-caveats.ts'
import type { Constraint } from '../../kernel/capability/terms.ts'
import type { Generalisation } from './generalise.ts'
import { generalise } from './generalise.ts'
import { ValueEvidence } from './value-evidence.ts'

const home = ['/home/ada', '/home', '/']

function from(values: readonly Json[]): Generalisation {
  const evidence = new ValueEvidence()
  for (const value of values) evidence.add(value)
  return generalise(evidence, home)
}

function constraintFrom(...values: readonly Json[]): Constraint {
  return from(values).constraint
}

/** A small deterministic generator. */
function draws(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

test('a constant is exactly itself', () => {
  assert.deepEqual(constraintFrom('a', 'a'), { eq: 'a' })
  assert.deepEqual(constraintFrom({ b: 1, a: [null] }, { a: [null], b: 1 }), { eq: { b: 1, a: [null] } })
  assert.match(from(['a']).why, /once/u)
})

test('a few short values are listed', () => {
  assert.deepEqual(constraintFrom('a', 'b', 'a', 3, true, null), { in: ['a', 'b', 3, true, null] })
  assert.deepEqual(constraintFrom(1, 2), { in: [1, 2] })
})

test('many numbers become their range', () => {
  assert.deepEqual(constraintFrom(...Array.from({ length: 20 }, (_, index) => index * 1.5)), {
    range: { min: 0, max: 28.5 },
  })
})

test('paths become the deepest folder that holds them all', () => {
  assert.deepEqual(constraintFrom('/srv/data/a.txt', '/srv/data/sub/b.txt'), { within: '/srv/data' })
  assert.deepEqual(constraintFrom('/srv/data', '/srv/data/a.txt'), { within: '/srv/data' })
  assert.deepEqual(constraintFrom('/srv/data1/a', '/srv/data2/a'), { within: '/srv' })
  assert.equal(from(['/srv/data1/a', '/srv/data2/a']).wide, true, 'a whole top folder is pointed out')
})

test('neither the root nor a home, nor what holds homes, is ever given whole', () => {
  assert.deepEqual(constraintFrom('/etc/hosts', '/srv/x'), { in: ['/etc/hosts', '/srv/x'] })
  assert.deepEqual(constraintFrom('/home/ada/a', '/home/ada/b'), { in: ['/home/ada/a', '/home/ada/b'] })
  assert.deepEqual(constraintFrom('/home/ada/a', '/home/bob/b'), { in: ['/home/ada/a', '/home/bob/b'] })
  assert.deepEqual(constraintFrom('/home/ada/p/a', '/home/ada/p/b'), { within: '/home/ada/p' })
  const scattered = from(Array.from({ length: 100 }, (_, index) => `/home/ada/${index}/file`))
  assert.notEqual(scattered.undecided, '')
})

test('a path that is not in its one spelling is not taken for a folder', () => {
  assert.deepEqual(constraintFrom('/srv/a', '/srv/../etc/b'), { in: ['/srv/a', '/srv/../etc/b'] })
  const many = Array.from({ length: 20 }, (_, index) => `/srv/a/../${index}`)
  assert.deepEqual(from(many), { ...from(many), constraint: { any: true }, wide: true })
})

test('lists are described by their items', () => {
  const lists = [['/srv/d/a', '/srv/d/b'], ['/srv/d/c'], []]
  assert.deepEqual(constraintFrom(...lists), { every: { within: '/srv/d' } })
  assert.deepEqual(constraintFrom(['/srv/d/a'], ['/srv/d/a', '/srv/d/a']), { every: { eq: '/srv/d/a' } })
})

test('addresses of one origin share it, and only with its slash', () => {
  const pages = Array.from({ length: 20 }, (_, index) => `https://example.org/page/${index}`)
  assert.deepEqual(constraintFrom(...pages), { prefix: 'https://example.org/' })
  assert.deepEqual(constraintFrom(...pages, 'https://example.org.evil.example/'), { any: true })
  assert.deepEqual(constraintFrom(...pages, 'https://example.org@evil.example/'), { any: true })
})

test('what no narrow form fits is allowed and pointed out', () => {
  const texts = Array.from({ length: 9 }, (_, index) => `text ${index}`)
  assert.deepEqual(constraintFrom(...texts), { any: true })
  assert.equal(from(texts).wide, true)
  assert.deepEqual(constraintFrom('x'.repeat(1000)), { any: true })
  assert.deepEqual(constraintFrom({ a: 1 }, { a: 2 }), { any: true })
})

test('whatever was seen satisfies what is suggested, and the kernel takes every suggestion', () => {
  for (let seed = 1; seed <= 3000; seed++) {
    const draw = draws(seed)
    const kinds = 1 + draw(3)
    const values = Array.from({ length: 1 + draw(80) }, () => randomValue(draw, draw(kinds) + draw(6), 0))
    const { constraint } = from(values)
    for (const value of values)
      assert.ok(satisfies(constraint, value), `seed ${seed}: ${JSON.stringify(value)}`)
    const caveats = parseCaveats({
      where: { '*': { arguments: { x: { constraint: constraint as unknown as Json } } } },
    })
    assert.ok(caveats.ok, `seed ${seed}: ${JSON.stringify(constraint)}`)
  }
})

function randomValue(draw: (below: number) => number, kind: number, depth: number): Json {
  switch (kind % 8) {
    case 0:
      return `/srv/data/${['a', 'b/c', 'd', 'é', '..', 'f%20'][draw(6)]}/${draw(30)}`
    case 1:
      return ['/', '/home/ada', '/home/ada/x', '/home/bob', '~', ''][draw(6)] ?? ''
    case 2:
      return draw(100) - 50 + draw(2) / 4
    case 3:
      return [true, false, null, -0, 0, ''][draw(6)] ?? null
    case 4:
      return `https://${['a.example', 'b.example'][draw(2)]}/${'x'.repeat(draw(400))}`
    case 5:
      return `word ${draw(12)}`
    case 6:
      return depth > 3 ? [] : Array.from({ length: draw(4) }, () => randomValue(draw, draw(8), depth + 1))
    default:
      return depth > 3
        ? {}
        : { [`k${draw(3)}`]: randomValue(draw, draw(8), depth + 1), ['__proto__x']: draw(2) }
  }
}
