import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PlaceholderStyle } from './placeholder.ts'
import { fillIn, markedVariable } from './placeholder.ts'

const source = { env: { A: 'one', EMPTY: '' }, home: '/home/ada', project: '/work' }

function filled(style: PlaceholderStyle, text: string): string {
  const result = fillIn(style, text, source)
  return result.ok ? result.value.text : `! ${result.error}`
}

test('each client’s spelling is filled in, and no other', () => {
  assert.equal(filled('claude', '${A}/${B:-two}/${EMPTY:-three}/$A/{env:A}'), 'one/two/three/$A/{env:A}')
  assert.equal(filled('shell', '$A/${A}'), 'one/one')
  assert.equal(filled('editor', '${env:A} ${userHome} ${workspaceFolder}${/}x'), 'one /home/ada /work/x')
  assert.equal(filled('opencode', '{env:A} ${A}'), 'one ${A}')
  assert.equal(filled('marked', `${markedVariable('A')} \${A}`), 'one ${A}')
  assert.equal(filled('none', '${A}'), '${A}')
})

test('what cannot be filled in is said, and never left empty', () => {
  assert.equal(filled('claude', 'x${NOT_SET}'), '! ${NOT_SET} cannot be filled in here')
  assert.equal(filled('editor', '${input:key}'), '! ${input:key} cannot be filled in here')
  assert.equal(filled('editor', '${file}'), '! ${file} cannot be filled in here')
  assert.equal(filled('opencode', '{file:/etc/passwd}'), '! {file:/etc/passwd} cannot be filled in here')
  assert.equal(filled('marked', markedVariable('NOT_SET')), '! ${NOT_SET} cannot be filled in here')
  const outside = fillIn('editor', '${workspaceFolder}', { ...source, project: null })
  assert.ok(!outside.ok)
})

test('the variables that went in are known', () => {
  const result = fillIn('claude', '${A} ${B:-x}', source)
  assert.deepEqual(result.ok && result.value.variables, ['A', 'B'])
})
