import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { Definition } from '../definition.ts'
import type { Answer } from './conversation.ts'
import { listDefinitions, offerLimits } from './listing.ts'

type Pages = { readonly [method: string]: readonly (JsonObject | string)[] }

/** Lists a server that answers every method with these pages in turn, the last one for ever. */
async function list(
  pages: Pages,
  capabilities: JsonObject = { tools: {} },
  era: 'legacy' | 'modern' = 'legacy',
): Promise<{
  readonly listed: Result<readonly Definition[], string>
  readonly cursors: readonly (string | null)[]
}> {
  const cursors: (string | null)[] = []
  const asked = new Map<string, number>()
  const askPage = (method: string, cursor: string | null): Promise<Answer> => {
    cursors.push(cursor)
    const turn = asked.get(method) ?? 0
    asked.set(method, turn + 1)
    const page = pages[method]?.[Math.min(turn, (pages[method]?.length ?? 0) - 1)]
    if (page === undefined)
      return Promise.resolve({
        kind: 'error',
        id: 1,
        code: -32_601,
        message: 'no such method',
        error: Buffer.from('{}'),
        data: undefined,
      })
    const text = typeof page === 'string' ? page : JSON.stringify(page)
    return Promise.resolve({ kind: 'result', id: 1, result: Buffer.from(text), value: {} })
  }
  const info = { name: '', version: '', revision: '' }
  return {
    listed: await listDefinitions({ era, info, capabilities, askPage, whyUnusable: () => null }),
    cursors,
  }
}

function tool(name: string, more: JsonObject = {}): JsonObject {
  return { name, inputSchema: { type: 'object' }, ...more }
}

async function problem(pages: Pages, capabilities?: JsonObject): Promise<string> {
  const { listed } = await list(pages, capabilities)
  return listed.ok ? '' : listed.error
}

test('everything is listed over all pages and sorted', async () => {
  const pages: Pages = {
    'tools/list': [{ tools: [tool('b')], nextCursor: '2' }, { tools: [tool('a')] }],
    'prompts/list': [{ prompts: [{ name: 'q' }, { name: 'p' }] }],
    'resources/templates/list': [{ resourceTemplates: [{ name: 't', uriTemplate: 'x:{y}' }] }],
  }
  const capabilities = { tools: {}, prompts: {}, resources: { subscribe: true }, completions: {} }
  const { listed, cursors } = await list(pages, capabilities)
  assert.ok(listed.ok)
  assert.deepEqual(cursors.slice(0, 2), [null, '2'])
  assert.deepEqual(
    listed.value.map(({ selector }) => selector),
    ['completion/complete', 'prompts/get', 'resources/read', 'resources/subscribe', 'tools/a', 'tools/b'],
  )
  const prompts = listed.value[1]?.definition['prompts'] as readonly JsonObject[]
  assert.deepEqual(
    prompts.map(({ name }) => name),
    ['p', 'q'],
  )
})

test('what is not declared is not there, except tools that are', async () => {
  const pages: Pages = {
    'tools/list': [{ tools: [tool('a')] }],
    'prompts/list': [{ prompts: [{ name: 'p' }] }],
  }
  const { listed } = await list(pages, {})
  assert.deepEqual(listed.ok && listed.value.map(({ selector }) => selector), ['tools/a'])
  const { listed: none } = await list({}, {})
  assert.deepEqual(none, { ok: true, value: [] })
  assert.match(await problem({}), /answered tools\/list with error -32601/)
})

test('a subscription is offered by whoever declares it, and by every stateless server with resources', async () => {
  const pages: Pages = { 'resources/templates/list': [{ resourceTemplates: [] }] }
  const offers = async (era: 'legacy' | 'modern', resources: JsonObject): Promise<boolean> => {
    const { listed } = await list(pages, { resources }, era)
    return listed.ok && listed.value.some(({ selector }) => selector === 'resources/subscribe')
  }
  assert.equal(await offers('legacy', {}), false)
  assert.equal(await offers('legacy', { subscribe: true }), true)
  assert.equal(await offers('modern', {}), true)
  assert.equal(await offers('modern', { subscribe: false }), false)
})

test('lists that cannot be pinned are refused', async () => {
  for (const [why, page] of [
    ['twice', { tools: [tool('a'), tool('a')] }],
    ['cannot be a selector', { tools: [tool('a b')] }],
    ['cannot be a selector', { tools: [tool('\u0430')] }],
    ['not valid', { tools: [{ name: 'a' }] }],
    ['not valid', { tools: {} }],
    ['not valid', { tools: [1] }],
    ['not valid', {}],
    ['same member twice', '{"tools":[{"name":"a","name":"b","inputSchema":{"type":"object"}}]}'],
    [
      'half of a surrogate',
      '{"tools":[{"name":"a","description":"\\ud800","inputSchema":{"type":"object"}}]}',
    ],
    ['beyond', '{"tools":[{"name":"a","inputSchema":{"type":"object","maximum":1e400}}]}'],
    ['repeats a page', { tools: [], nextCursor: 'again' }],
  ] as const)
    assert.match(await problem({ 'tools/list': [page] }), new RegExp(why), JSON.stringify(page))
})

test('lists without end or measure are refused', async () => {
  const endless = Array.from({ length: 1000 }, (_, page) => ({
    tools: [tool(`t${page}`)],
    nextCursor: `${page}`,
  }))
  assert.match(await problem({ 'tools/list': endless }), /more than 128 pages/)
  const many = { tools: Array.from({ length: offerLimits.tools + 1 }, (_, n) => tool(`t${n}`)) }
  assert.match(await problem({ 'tools/list': [many] }), /more than 1000 items/)
  const large = { tools: [tool('a', { description: 'x'.repeat(offerLimits.definitionBytes) })] }
  assert.match(await problem({ 'tools/list': [large] }), /too large/)
  const pages = Array.from({ length: 4 }, (_, n) => ({
    tools: [tool(`t${n}`, { description: 'x'.repeat(300_000) })],
    ...(n < 3 ? { nextCursor: `${n}` } : {}),
  }))
  assert.match(await problem({ 'tools/list': pages }), /larger than/)
})

test('definitions of all kinds together must fit into one hello', async () => {
  const half = 'x'.repeat(500_000)
  const pages: Pages = {
    'tools/list': [{ tools: [tool('a', { description: half })] }],
    'prompts/list': [{ prompts: [{ name: 'p', description: half }] }],
  }
  assert.match(await problem(pages, { tools: {}, prompts: {} }), /larger than/)
})

test('a schema bomb is refused and a reference loop is only text', async () => {
  let deep: Json = { type: 'object' }
  for (let level = 0; level < 40; level++) deep = { type: 'object', properties: { deep } }
  assert.match(
    await problem({ 'tools/list': [{ tools: [tool('a', { outputSchema: deep })] }] }),
    /too deeply/,
  )
  const wide = { type: 'object', enum: Array.from({ length: offerLimits.values + 1 }, () => 0) }
  assert.match(
    await problem({ 'tools/list': [{ tools: [{ name: 'a', inputSchema: wide }] }] }),
    /too many values/,
  )
  const loop = { type: 'object', $ref: '#', properties: { a: { $ref: 'http://127.0.0.1:9/schema.json' } } }
  const { listed } = await list({ 'tools/list': [{ tools: [{ name: 'a', inputSchema: loop }] }] })
  assert.deepEqual(JSON.parse(JSON.stringify(listed.ok && listed.value[0]?.definition['inputSchema'])), loop)
})
