/** Narrowed schemas: they show what is granted, and never less than the kernel would let through. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { whyRefused } from '../../kernel/capability/arguments.ts'
import { sameJson } from '../../kernel/capability/constraint.ts'
import type { Where } from '../../kernel/capability/terms.ts'
import { narrowTool } from './narrow.ts'

const selector = 'tools/write'

function level(args: JsonObject, open = false): JsonObject {
  return { [selector]: { arguments: args, ...(open ? { open: true } : {}) } }
}

function tool(inputSchema: Json): JsonObject {
  return { name: 'write', inputSchema }
}

const file = tool({
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  properties: {
    path: { type: 'string', description: 'Where.' },
    mode: { type: 'string', enum: ['a', 'w', 'x'] },
    size: { type: 'integer', minimum: 0 },
    secret: { $ref: '#/$defs/secret' },
  },
  required: ['path', 'secret'],
  $defs: { secret: { type: 'string' } },
})

test('each constraint becomes the keyword that means it, and what is not granted disappears', () => {
  const where = level({
    path: { constraint: { within: '/data' } },
    mode: { constraint: { in: ['a', 'w', 'q'] }, optional: true },
    size: { constraint: { range: { min: -5, max: 10 } }, optional: true },
  })
  assert.deepEqual(narrowTool(file, selector, [[where]])['inputSchema'], {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: {
      path: { type: 'string', description: 'Where.\nMust be a path inside "/data".' },
      mode: { type: 'string', enum: ['a', 'w'] },
      size: { type: 'integer', minimum: 0, maximum: 10 },
    },
    required: ['path'],
    additionalProperties: false,
    $defs: { secret: { type: 'string' } },
  })
})

test('one value becomes a const, a prefix a pattern, and the items of a list are narrowed', () => {
  const given = tool({ properties: { a: {}, b: true, c: { type: 'array' }, d: { pattern: 'x' } } })
  const where = level(
    {
      a: { constraint: { eq: { k: 1 } } },
      b: { constraint: { prefix: 'a.b/' } },
      c: { constraint: { every: { glob: '*.md' } } },
      d: { constraint: { prefix: 'x' } },
    },
    true,
  )
  assert.deepEqual(narrowTool(given, selector, [[where]])['inputSchema'], {
    properties: {
      a: { const: { k: 1 } },
      b: { description: 'Must start with "a.b/".', pattern: '^a\\.b/' },
      c: { type: 'array', items: { description: 'Must match the glob pattern "*.md".' } },
      d: { description: 'Must start with "x".', pattern: 'x' },
    },
    required: ['a', 'b', 'c', 'd'],
  })
})

test('several capabilities show what all of them ask for, and every value that one allows', () => {
  const given = tool({ type: 'object', properties: { to: {}, body: {}, cc: {} } })
  const one = level({ to: { constraint: { eq: 'ann' } }, body: { constraint: { prefix: 'Dear' } } })
  const other = level({ to: { constraint: { in: ['ben', 'ann'] } }, cc: { constraint: { any: true } } })
  assert.deepEqual(narrowTool(given, selector, [[one], [other]])['inputSchema'], {
    type: 'object',
    properties: {
      to: { enum: ['ann', 'ben'] },
      body: { description: 'Must start with "Dear".', pattern: '^Dear' },
      cc: {},
    },
    required: ['to'],
    additionalProperties: false,
  })
})

test('a level without an entry for the tool goes by its `*`, and one without either allows nothing', () => {
  const given = tool({ properties: { a: {} } })
  const star = { '*': { arguments: {}, open: true } }
  assert.deepEqual(narrowTool(given, selector, [[star]]), given)
  const shut = narrowTool(given, selector, [[star, {}]])['inputSchema']
  assert.deepEqual(shut, { properties: {}, additionalProperties: false })
})

test('a schema that cannot be narrowed is passed on as it is', () => {
  const where = level({ a: { constraint: { eq: 1 } } })
  for (const odd of [true, null, 7, 'x', [], { properties: [] }, { properties: 3 }] as Json[])
    assert.deepEqual(narrowTool(tool(odd), selector, [[where]]), tool(odd))
  const odd = tool({ properties: { a: 5 }, required: 'a', additionalProperties: { type: 'string' } })
  assert.deepEqual(narrowTool(odd, selector, [[where]])['inputSchema'], {
    properties: { a: 5 },
    required: 'a',
    additionalProperties: false,
  })
  assert.equal(narrowTool(file, selector, [[{ [selector]: { arguments: 7 } }]]), file)
  assert.equal(narrowTool(file, selector, []), file)
})

test('a property named __proto__ stays an ordinary property', () => {
  const given = tool(JSON.parse('{"properties":{"__proto__":{"type":"string"}}}') as Json)
  const where = JSON.parse('{"*":{"arguments":{"__proto__":{"constraint":{"eq":"x"}}}}}') as JsonObject
  assert.equal(
    JSON.stringify(narrowTool(given, selector, [[where]])['inputSchema']),
    '{"properties":{"__proto__":{"type":"string","const":"x"}},"required":["__proto__"],"additionalProperties":false}',
  )
})

const name = fc.constantFrom('a', 'b', 'c', 'd')
const scalar = fc.constantFrom<Json>(null, true, -3, 0, 2, 7, '', 'a', 'ab', '/data', '/data/x', '/etc')
const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 2 }))
const constraint = fc.oneof(
  fc.constant({ any: true }),
  value.map((eq) => ({ eq })),
  fc.array(value, { maxLength: 4 }).map((among) => ({ in: among })),
  fc.record({ min: fc.integer({ min: -4, max: 4 }) }).map((range) => ({ range })),
  fc.record({ max: fc.integer({ min: -4, max: 8 }) }).map((range) => ({ range })),
  fc.constantFrom('a', '/', '/data').map((prefix) => ({ prefix })),
  fc.constantFrom('*', '/data/*').map((glob) => ({ glob })),
  fc.constantFrom('/', '/data').map((within) => ({ within })),
  fc.constantFrom({ every: { prefix: 'a' } }, { every: { in: ['a', 2] } }),
)
const term = fc
  .record({ constraint, optional: fc.boolean() })
  .map(({ constraint: one, optional }) => ({ constraint: one, ...(optional ? { optional: true } : {}) }))
const terms = fc
  .record({ arguments: fc.dictionary(name, term), open: fc.boolean() })
  .map(({ arguments: args, open }) => ({ arguments: args, ...(open ? { open: true } : {}) }))
const where = fc
  .constantFrom(selector, '*', 'tools/other')
  .chain((key) => terms.map((one) => ({ [key]: one })))
const grants = fc.array(fc.array(where, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
const property = fc.oneof(
  fc.constantFrom<Json>(true, {}, { type: 'string' }, { type: 'number' }, { type: 'array' }, { minimum: 1 }),
  fc.constantFrom<Json>({ items: { enum: ['a', 2] } }, { const: 2 }, { pattern: 'a' }, { maximum: 3 }),
  fc.array(value, { minLength: 1, maxLength: 4 }).map((among) => ({ enum: among })),
)
const schema = fc.record(
  {
    properties: fc.dictionary(name, property),
    required: fc.uniqueArray(name),
    additionalProperties: fc.constantFrom<Json>(true, false, {}, { type: 'string' }),
  },
  { requiredKeys: [] },
) as unknown as fc.Arbitrary<JsonObject>
const values = fc.dictionary(name, value)

/** The keywords that these schemas use, as JSON Schema defines them. */
function accepts(given: Json | undefined, value: Json): boolean {
  if (typeof given === 'boolean' || given === undefined) return given !== false
  const { type, const: only, enum: among, minimum, maximum, pattern, items } = given as JsonObject
  const kind = Array.isArray(value) ? 'array' : value === null ? 'null' : typeof value
  if (type !== undefined && type !== kind) return false
  if (only !== undefined && !sameJson(only, value)) return false
  if (Array.isArray(among) && !among.some((one: Json) => sameJson(one, value))) return false
  if (typeof value === 'number') return value >= Number(minimum ?? -9) && value <= Number(maximum ?? 9)
  if (typeof value === 'string') return typeof pattern !== 'string' || new RegExp(pattern, 'u').test(value)
  return !Array.isArray(value) || value.every((item: Json) => accepts(items, item))
}

function acceptsAll(given: JsonObject, args: JsonObject): boolean {
  const properties = (given['properties'] ?? {}) as JsonObject
  const required = (given['required'] ?? []) as readonly string[]
  if (!required.every((one) => Object.hasOwn(args, one))) return false
  return Object.entries(args).every(([one, value]) =>
    accepts(Object.hasOwn(properties, one) ? properties[one] : given['additionalProperties'], value),
  )
}

function kernelAccepts(given: readonly (readonly JsonObject[])[], args: JsonObject): boolean {
  return given.some((levels) => {
    const chain = levels.map((one) => ({ caveats: { where: one as unknown as Where } }))
    return whyRefused(chain, selector, args, '') === null
  })
}

test('whatever the kernel lets through and the tool accepts, the narrowed schema accepts', () => {
  fc.assert(
    fc.property(schema, grants, values, (given, held, args) => {
      const narrowed = narrowTool(tool(given), selector, held)['inputSchema']
      assert.ok(isJsonObject(narrowed))
      if (kernelAccepts(held, args) && acceptsAll(given, args)) assert.ok(acceptsAll(narrowed, args))
    }),
    { numRuns: 20_000 },
  )
})

test('narrowing never widens what a value of an argument may be', () => {
  fc.assert(
    fc.property(schema, grants, values, (given, held, args) => {
      const { required: _, ...narrowed } = narrowTool(tool(given), selector, held)[
        'inputSchema'
      ] as JsonObject
      const { required: __, ...original } = given
      if (acceptsAll(narrowed, args)) assert.ok(acceptsAll(original, args))
    }),
    { numRuns: 20_000 },
  )
})

test('narrowing twice is narrowing once', () => {
  fc.assert(
    fc.property(schema, grants, (given, held) => {
      const once = narrowTool(tool(given), selector, held)
      assert.deepEqual(narrowTool(once, selector, held), once)
    }),
    { numRuns: 5_000 },
  )
})

test('anything at all may stand where a schema is expected', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.jsonValue(), grants, (given, odd, held) => {
      narrowTool(tool(given as Json), selector, held)
      narrowTool(tool({ properties: given as Json, required: odd as Json }), selector, held)
      narrowTool(file, selector, [[{ [selector]: odd as Json }]])
    }),
    { numRuns: 3_000 },
  )
})
