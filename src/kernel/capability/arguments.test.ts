/** Arguments against terms: what is missing, outside, or not mentioned, at every level. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../base/json.ts'
import type { Capability } from '../state.ts'
import { isBeyond, termsFor, whyRefused, wheresOf } from './arguments.ts'
import type { ArgumentTerm, Caveats } from './terms.ts'

const level = (caveats: Caveats): Capability => ({ caveats }) as Capability
const one: ArgumentTerm = { constraint: { eq: 1 } }
const strict: Caveats = { where: { '*': { arguments: { a: one } } } }
const loose: Caveats = { where: { '*': { arguments: { a: { ...one, optional: true } }, open: true } } }

function said(caveats: readonly Caveats[], values: JsonObject, selector = 'x'): string {
  const why = whyRefused(caveats.map(level), selector, values, 'the commitment')
  return why === null ? 'allowed' : `${why.code}: ${why.message} ${why.needed}`
}

test('an argument that is named must be there and satisfy its term; any other must not be there', () => {
  assert.equal(said([strict], { a: 1 }), 'allowed')
  assert.equal(said([strict], {}), 'argument-refused: The argument "a" is missing. "a" must be given.')
  assert.equal(
    said([strict], { a: 2 }),
    'argument-refused: The argument "a" is outside what was granted. "a" must satisfy {"eq":1}.',
  )
  assert.equal(
    said([strict], { a: 1, b: 1 }),
    'argument-refused: The argument "b" was not granted. A grant that mentions "b".',
  )
})

test('an optional argument may be left out, open terms allow others, and both ask of what is named', () => {
  assert.equal(said([loose], {}), 'allowed')
  assert.equal(said([loose], { b: 2 }), 'allowed')
  assert.match(said([loose], { a: 2, b: 2 }), /"a" is outside/u)
})

test('every level is asked, and every narrowing of one', () => {
  assert.equal(said([{}, strict], { a: 1 }), 'allowed')
  assert.match(said([loose, {}, strict], { b: 1 }), /"a" is missing/u)
  assert.match(said([strict, loose], { a: 1, b: 1 }), /"b" was not granted/u)
  const also: Caveats = { ...loose, also: [{ '*': { arguments: { b: one }, open: true } }] }
  assert.match(said([also], { b: 2 }), /"b" is outside/u)
  assert.equal(said([also], { b: 1 }), 'allowed')
  assert.match(said([{ also: [{ '*': { arguments: {} } }] }], { b: 1 }), /"b" was not granted/u)
  assert.deepEqual(wheresOf({}), [])
  assert.equal(wheresOf(also).length, 2)
})

test('a selector without terms of its own has the general ones, and without those no arguments', () => {
  const where = { y: { arguments: { b: one } }, '*': { arguments: { a: one } } }
  assert.equal(said([{ where }], { a: 1 }), 'allowed')
  assert.equal(said([{ where }], { b: 1 }, 'y'), 'allowed')
  assert.match(said([{ where }], { a: 1 }, 'y'), /"b" is missing/u)
  const only = { y: { arguments: { b: one } } }
  assert.equal(said([{ where: only }], {}), 'allowed')
  assert.match(said([{ where: only }], { b: 1 }), /"b" was not granted/u)
  assert.equal(termsFor(only, 'x'), null)
  assert.equal(termsFor(only, 'toString'), null)
})

test('an approval is for the bytes that were shown', () => {
  assert.equal(said([{ argumentsCommitment: 'the commitment' }], { z: 1 }), 'allowed')
  assert.match(said([{ argumentsCommitment: 'another' }], {}), /not the arguments that were approved/u)
})

test('what every object has is no argument, and a long name is shortened', () => {
  const term = { where: { '*': { arguments: { toString: one } } } }
  assert.match(said([term], {}), /"toString" is missing/u)
  assert.match(said([strict], { a: 1, constructor: 1 }), /"constructor" was not granted/u)
  assert.match(said([strict], { a: 1, ['n'.repeat(64)]: 1 }), /"n{64}" was/u)
  assert.match(said([strict], { a: 1, ['n'.repeat(65)]: 1 }), /"n{64}…" was/u)
})

test('what is beyond one set of terms is known without a chain', () => {
  assert.equal(isBeyond(strict.where ?? {}, 'x', { a: 1 }), false)
  assert.equal(isBeyond(strict.where ?? {}, 'x', { a: 2 }), true)
  assert.equal(isBeyond({}, 'x', {}), false)
  assert.equal(isBeyond({}, 'x', { a: 1 }), true)
})
