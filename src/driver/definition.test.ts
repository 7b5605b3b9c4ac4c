import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pinSelector, toolDefinition, toolOf } from './definition.ts'

test('annotations choose the effect class, and what is not claimed is an act', () => {
  const effect = (annotations: { readonly [name: string]: boolean } | null): string =>
    pinSelector({
      selector: 'tools/x',
      definition: { name: 'x', ...(annotations === null ? {} : { annotations }) },
    }).effect
  assert.equal(effect(null), 'act')
  assert.equal(effect({}), 'act')
  assert.equal(effect({ destructiveHint: true }), 'act')
  assert.equal(effect({ destructiveHint: false }), 'change')
  assert.equal(effect({ readOnlyHint: false }), 'act')
  assert.equal(effect({ readOnlyHint: true, destructiveHint: true }), 'observe')
})

test('the digest covers every word of the definition and not the order of its members', () => {
  const digest = (definition: { readonly [name: string]: string }): string =>
    pinSelector({ selector: 'tools/x', definition }).digest
  assert.equal(digest({ name: 'x', description: 'd' }), digest({ description: 'd', name: 'x' }))
  assert.notEqual(digest({ name: 'x', description: 'd' }), digest({ name: 'x', description: 'e' }))
})

test('only printable names can be selectors', () => {
  assert.equal(toolDefinition({ name: 'read_text_file' })?.selector, 'tools/read_text_file')
  for (const name of ['', ' ', 'a\nb', 'a"b', 'é', 'x'.repeat(129)])
    assert.equal(toolDefinition({ name }), null)
  assert.equal(toolOf('tools/a/b'), 'a/b')
  assert.equal(toolOf('resources/read'), null)
})
