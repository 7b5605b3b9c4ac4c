import assert from 'node:assert/strict'
import { test } from 'node:test'
import { whyHeadersDiffer, whyParamHeadersDiffer, whyVersionDiffers } from './header-rules.ts'

const mismatch = -32_020

test('the method must be repeated as it is', () => {
  assert.equal(whyHeadersDiffer({ 'mcp-method': 'tools/list' }, 'tools/list', {}), null)
  for (const said of [undefined, 'Tools/List', 'tools/call', 'tools/list, tools/list'])
    assert.equal(whyHeadersDiffer({ 'mcp-method': said }, 'tools/list', {})?.code, mismatch)
})

test('the name of a tool, a prompt, an address or a task must be repeated, plain or encoded', () => {
  for (const [method, member] of [
    ['tools/call', 'name'],
    ['prompts/get', 'name'],
    ['resources/read', 'uri'],
    ['tasks/get', 'taskId'],
  ] as const) {
    const why = (header: string | undefined) =>
      whyHeadersDiffer({ 'mcp-method': method, 'mcp-name': header }, method, { [member]: 'é' })
    assert.equal(why(`=?base64?${Buffer.from('é').toString('base64')}?=`), null)
    for (const header of [undefined, 'e', '=?base64?!!?=']) assert.equal(why(header)?.code, mismatch)
  }
  assert.equal(whyHeadersDiffer({ 'mcp-method': 'tools/list' }, 'tools/list', { name: 'x' }), null)
})

test('the version of the header is that of the body', () => {
  assert.equal(whyVersionDiffers({ 'mcp-protocol-version': '2026-07-28' }, '2026-07-28'), null)
  assert.equal(whyVersionDiffers({}, '2026-07-28')?.code, mismatch)
  assert.equal(whyVersionDiffers({ 'mcp-protocol-version': '2025-11-25' }, '2026-07-28')?.code, mismatch)
})

const tool = {
  inputSchema: {
    type: 'object',
    properties: {
      region: { type: 'string', 'x-mcp-header': 'Region' },
      deep: { type: 'object', properties: { count: { type: 'integer', 'x-mcp-header': 'Count' } } },
      many: { type: 'array', items: { properties: { a: { 'x-mcp-header': 'Never' } } } },
    },
  },
}

test('annotated arguments must be repeated, at any depth of properties, and nothing else', () => {
  const why = (
    headers: { readonly [name: string]: string },
    args: Parameters<typeof whyParamHeadersDiffer>[2],
  ) => whyParamHeadersDiffer(headers, tool, args)?.code ?? null
  assert.equal(why({}, {}), null)
  assert.equal(why({ 'mcp-param-region': 'eu' }, { region: 'eu' }), null)
  assert.equal(why({}, { region: 'eu' }), mismatch)
  assert.equal(why({ 'mcp-param-region': 'us' }, { region: 'eu' }), mismatch)
  assert.equal(why({ 'mcp-param-region': 'eu' }, {}), mismatch)
  assert.equal(why({ 'mcp-param-region': 'eu' }, { region: null }), mismatch)
  assert.equal(why({ 'mcp-param-count': '42.0' }, { deep: { count: 42 } }), null)
  assert.equal(why({ 'mcp-param-count': ' ' }, { deep: { count: 0 } }), mismatch)
  assert.equal(why({}, { many: [{ a: 'x' }] }), null)
})

test('a schema of any shape is looked at without harm', () => {
  for (const inputSchema of [
    null,
    [],
    'x',
    { properties: [] },
    { properties: { a: 1, b: { 'x-mcp-header': 1 } } },
  ])
    assert.equal(whyParamHeadersDiffer({}, { inputSchema }, { a: 1 }), null)
})
