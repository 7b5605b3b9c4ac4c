import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseStrictJson } from '../base/strict-json.ts'
import { whyInvalidParams, whyInvalidResult } from './validate.ts'

test('parameters that the specification allows are valid, and may hold more than the schema knows', () => {
  assert.equal(whyInvalidParams('tools/call', { name: 'x', arguments: { a: 1 }, inputResponses: {} }), null)
  assert.equal(whyInvalidParams('tools/list', undefined), null)
  assert.equal(whyInvalidParams('ping', undefined), null)
  assert.equal(whyInvalidParams('resources/read', { uri: 'a:b', _meta: { progressToken: 1 } }), null)
})

test('what is wrong is said in one sentence that names the place', () => {
  assert.match(whyInvalidParams('tools/call', { name: 1 }) ?? '', /^name: /)
  assert.match(whyInvalidParams('tools/call', undefined) ?? '', /are an object/)
  assert.match(whyInvalidParams('tools/call', []) ?? '', /are an object/)
  assert.match(whyInvalidParams('ping', { _meta: 1 }) ?? '', /^_meta: /)
  assert.match(whyInvalidResult('tools/list', { tools: [{ name: 'x' }] }) ?? '', /^tools\.0\.inputSchema: /)
})

test('an unknown method is not valid whatever it brings', () => {
  assert.match(whyInvalidParams('tools/destroy', {}) ?? '', /no method "tools\/destroy"/)
  assert.match(whyInvalidResult('tools/destroy', {}) ?? '', /no method/)
  assert.ok((whyInvalidParams('x'.repeat(10_000), {}) ?? '').length < 300)
})

test('an address to open needs an id in no era', () => {
  const url = { mode: 'url', message: 'm', url: 'https://example.org/' }
  assert.equal(whyInvalidParams('elicitation/create', url), null)
  assert.equal(whyInvalidParams('elicitation/create', { ...url, elicitationId: 'e' }), null)
  assert.notEqual(whyInvalidParams('elicitation/create', { mode: 'url', message: 'm' }), null)
})

test('values of the strict parser, which have no prototype, are judged like others', () => {
  const parsed = parseStrictJson(Buffer.from('{"tools":[{"name":"x","inputSchema":{"type":"object"}}]}'))
  assert.ok(parsed.ok)
  assert.equal(whyInvalidResult('tools/list', parsed.value), null)
  assert.equal(
    whyInvalidParams(
      'tools/call',
      Object.assign(Object.create(null) as object, { name: 'x', arguments: Object.create(null) as object }),
    ),
    null,
  )
})
