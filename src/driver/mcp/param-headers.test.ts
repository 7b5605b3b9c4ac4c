import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, JsonObject } from '../../base/json.ts'
import { paramHeadersOf, whyInvalidAnnotations } from './param-headers.ts'

function tool(properties: JsonObject, rest: JsonObject = {}): JsonObject {
  return { name: 'tool', inputSchema: { type: 'object', properties, ...rest } }
}

function headers(definition: JsonObject, value: Json): readonly (readonly [string, string])[] {
  return paramHeadersOf(definition, Buffer.from(JSON.stringify(value)))
}

test('marked arguments become headers, at whatever depth of properties, and nothing else does', () => {
  const definition = tool({
    region: { type: 'string', 'x-mcp-header': 'Region' },
    count: { type: 'integer', 'x-mcp-header': 'Count' },
    dry: { type: 'boolean', 'x-mcp-header': 'Dry' },
    deep: { type: 'object', properties: { name: { type: 'string', 'x-mcp-header': 'Deep-Name' } } },
    plain: { type: 'string', default: { 'x-mcp-header': 'data, not a mark' } },
  })
  assert.equal(whyInvalidAnnotations(definition), null)
  assert.deepEqual(
    headers(definition, { region: ' a ', count: -7, dry: false, deep: { name: '' }, plain: 'x' }),
    [
      ['Mcp-Param-Region', '=?base64?IGEg?='],
      ['Mcp-Param-Count', '-7'],
      ['Mcp-Param-Dry', 'false'],
      ['Mcp-Param-Deep-Name', ''],
    ],
  )
})

test('an argument that is absent, null or not of a simple kind has no header', () => {
  const definition = tool({
    one: { type: 'string', 'x-mcp-header': 'One' },
    two: { type: 'object', properties: { name: { type: 'string', 'x-mcp-header': 'Two' } } },
  })
  for (const value of [{}, { one: null }, { one: ['x'] }, { one: { x: 1 } }, { two: 'text' }, { two: [] }])
    assert.deepEqual(headers(definition, value), [])
})

test('names of the object prototype are no arguments', () => {
  const definition = tool({
    constructor: { type: 'object', properties: { name: { type: 'string', 'x-mcp-header': 'N' } } },
  })
  assert.deepEqual(headers(definition, {}), [])
})

test('a property may be called like the mark', () => {
  const definition = tool({ 'x-mcp-header': { type: 'string', 'x-mcp-header': 'Odd' } })
  assert.equal(whyInvalidAnnotations(definition), null)
  assert.deepEqual(headers(definition, { 'x-mcp-header': 'v' }), [['Mcp-Param-Odd', 'v']])
})

test('a tool without marks, without a schema or with an odd one is valid and has no headers', () => {
  for (const definition of [
    {},
    { inputSchema: true },
    tool({}),
    tool({ a: true }),
    { inputSchema: { properties: [] } },
  ])
    assert.equal(whyInvalidAnnotations(definition), null)
})

const marked: JsonObject = { type: 'string', 'x-mcp-header': 'Mark' }

const invalid: { readonly [why: string]: JsonObject } = {
  empty: tool({ a: { type: 'string', 'x-mcp-header': '' } }),
  'not text': tool({ a: { type: 'string', 'x-mcp-header': 7 } }),
  'on an object': tool({ a: { type: 'object', 'x-mcp-header': 'A' } }),
  'on an array': tool({ a: { type: 'array', 'x-mcp-header': 'A' } }),
  'on null': tool({ a: { type: 'null', 'x-mcp-header': 'A' } }),
  'on a number': tool({ a: { type: 'number', 'x-mcp-header': 'A' } }),
  'on several types': tool({ a: { type: ['string', 'null'], 'x-mcp-header': 'A' } }),
  'without a type': tool({ a: { 'x-mcp-header': 'A' } }),
  'twice, but for case': tool({
    a: { type: 'string', 'x-mcp-header': 'A' },
    b: { type: 'string', 'x-mcp-header': 'a' },
  }),
  'with a space': tool({ a: { type: 'string', 'x-mcp-header': 'A B' } }),
  'with a colon': tool({ a: { type: 'string', 'x-mcp-header': 'A:B' } }),
  'with a line break': tool({ a: { type: 'string', 'x-mcp-header': 'A\r\nX-Evil: 1' } }),
  'not ASCII': tool({ a: { type: 'string', 'x-mcp-header': 'Région' } }),
  'too long': tool({ a: { type: 'string', 'x-mcp-header': 'a'.repeat(200) } }),
  'on the root': { inputSchema: { type: 'string', 'x-mcp-header': 'Root' } },
  'within items': tool({ a: { type: 'array', items: marked } }),
  'within items and properties': tool({ a: { type: 'array', items: { properties: { b: marked } } } }),
  'within anyOf': tool({ a: { anyOf: [{ type: 'null' }, marked] } }),
  'within allOf of the root': tool({}, { allOf: [{ properties: { a: marked } }] }),
  'within if': tool({}, { if: { properties: { a: marked } } }),
  'within definitions': tool({}, { $defs: { a: marked } }),
  'within a pattern': tool({}, { patternProperties: { '^a': marked } }),
  'within a keyword nobody knows': tool({}, { 'x-vendor': [{ deeper: marked }] }),
  'too many': tool(
    Object.fromEntries(
      Array.from({ length: 65 }, (_, at) => [`a${at}`, { type: 'string', 'x-mcp-header': `A${at}` }]),
    ),
  ),
}

for (const [why, definition] of Object.entries(invalid))
  test(`a tool is invalid with a mark ${why}`, () => {
    assert.notEqual(whyInvalidAnnotations(definition), null)
    assert.deepEqual(headers(definition, { a: 'x', b: 'y' }), [])
  })
