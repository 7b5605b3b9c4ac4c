/** Samples of mutants. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Mutant } from './sample.ts'
import { nameOf, sampleOf } from './sample.ts'

const mutants: readonly Mutant[] = Array.from({ length: 50 }, (_, line) => ({
  id: String(line),
  file: 'src/kernel/gate/passage.ts',
  line,
  column: 1,
  mutator: 'BooleanLiteral',
  original: 'true',
  replacement: 'false',
}))

test('one seed draws one sample, whatever the order of what it is drawn from', () => {
  const drawn = sampleOf(mutants, 7, 10).map(({ id }) => id)
  assert.deepEqual(
    sampleOf(mutants.toReversed(), 7, 10).map(({ id }) => id),
    drawn,
  )
  assert.equal(new Set(drawn).size, 10)
  assert.notDeepEqual(
    sampleOf(mutants, 8, 10).map(({ id }) => id),
    drawn,
  )
})

test('a bigger sample contains the smaller one, and none is bigger than all', () => {
  const ten = sampleOf(mutants, 7, 10)
  assert.deepEqual(sampleOf(mutants, 7, 20).slice(0, 10), ten)
  assert.equal(sampleOf(mutants, 7, 1000).length, 50)
})

test('a mutant keeps its name when its line moves or is laid out anew', () => {
  const [one] = mutants
  assert.ok(one !== undefined)
  assert.equal(nameOf({ ...one, original: 'a\n   && b' }), nameOf({ ...one, original: 'a && b' }))
})
