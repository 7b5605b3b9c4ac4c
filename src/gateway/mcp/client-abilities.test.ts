import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answersOf, parseAbilities, readAbilities, whyUnable, writeAbilities } from './client-abilities.ts'

test('an empty elicitation capability means forms, as it did before there were others', () => {
  assert.deepEqual(
    [readAbilities({ elicitation: {} }).form, readAbilities({ elicitation: {} }).url],
    [true, false],
  )
  const url = readAbilities({ elicitation: { url: {} } })
  assert.deepEqual([url.form, url.url], [false, true])
  assert.deepEqual(answersOf(url), ['client/elicitation'])
})

test('what was not declared cannot be asked', () => {
  const none = readAbilities(undefined)
  assert.deepEqual(answersOf(none), [])
  for (const method of ['roots/list', 'sampling/createMessage', 'elicitation/create'] as const)
    assert.match(whyUnable(none, method, {}) ?? '', /did not declare/u)
  const able = readAbilities({ roots: {}, sampling: {}, elicitation: {} })
  assert.equal(whyUnable(able, 'sampling/createMessage', {}), null)
  assert.notEqual(whyUnable(able, 'sampling/createMessage', { tools: [] }), null)
  assert.notEqual(whyUnable(able, 'elicitation/create', { mode: 'url' }), null)
})

test('abilities survive being written down', () => {
  for (const capabilities of [
    {},
    { roots: {}, sampling: { tools: {} }, elicitation: { form: {}, url: {} } },
    { extensions: { 'io.modelcontextprotocol/tasks': {} } },
  ]) {
    const abilities = readAbilities(capabilities)
    assert.deepEqual(parseAbilities(writeAbilities(abilities)), abilities)
  }
})

test('capabilities of any shape are read without harm', () => {
  for (const odd of [null, 1, [], { roots: 1, sampling: [], elicitation: 'x', extensions: [] }])
    assert.deepEqual(answersOf(readAbilities(odd)), [])
})
