/** Streams of sessionful clients that break: the request goes on, and what was missed comes after all. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { JsonObject } from '../../src/base/json.ts'
import type { IncomingRequest, Served } from '../../src/wire/client.ts'
import type { HttpAnswer, TokenHolder } from '../harness/front-door-world.ts'
import { FrontDoorWorld, messagesOf, outcome, soon } from '../harness/front-door-world.ts'
import { GatewayProcess } from '../harness/gateway-process.ts'

const world = new FrontDoorWorld()
/** Holds `echo` only where an operator approves each use. */
let ann: TokenHolder

before(async () => {
  await world.start()
  ann = await world.operator.addAgent('ann')
  await world.grant(ann.process, ['tools/echo'], { ask: true })
})
after(() => world.stop())

/** An open response, its text so far, and a way to leave. */
interface Opened {
  readonly response: Response
  readonly text: () => string
  /** The id of the last event that came. */
  readonly lastId: () => string
  readonly over: Promise<void>
  leave(): Promise<void>
}

async function open(
  token: string,
  session: string,
  init: RequestInit & { lastEventId?: string },
): Promise<Opened> {
  const stop = new AbortController()
  const { lastEventId, ...rest } = init
  const headers = {
    'Content-Type': 'application/json',
    Accept: 'application/json, text/event-stream',
    Authorization: `Bearer ${token}`,
    'Mcp-Session-Id': session,
    ...(lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }),
  }
  const response = await fetch(world.gateway.url, { ...rest, headers, signal: stop.signal })
  let text = ''
  const decoder = new TextDecoder()
  const read = async (): Promise<void> => {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
      text += decoder.decode(chunk, { stream: true })
  }
  const over = read().catch(() => {})
  return {
    response,
    text: () => text,
    lastId: () => [...text.matchAll(/^id: (.*)$/gmu)].at(-1)?.[1] ?? '',
    over,
    leave: () => {
      stop.abort()
      return over
    },
  }
}

function callMessage(name: string, args: JsonObject = {}, id = 1): JsonObject {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: { name: `demo__${name}`, arguments: args } }
}

function call(name: string, args: JsonObject = {}, id = 1): RequestInit {
  return { method: 'POST', body: JSON.stringify(callMessage(name, args, id)) }
}

async function has(opened: Opened, part: string): Promise<void> {
  while (!opened.text().includes(part)) await soon()
}

async function initialize(
  token: string,
  protocolVersion: string,
  capabilities: JsonObject = {},
): Promise<string> {
  const params = { protocolVersion, capabilities, clientInfo: { name: 't', version: '1' } }
  const opened = await world.send(token, { jsonrpc: '2.0', id: 0, method: 'initialize', params })
  return opened.headers.get('mcp-session-id') ?? ''
}

async function read(token: string, session: string, lastEventId: string): Promise<HttpAnswer> {
  const { response, over, text } = await open(token, session, { lastEventId })
  await over
  const copy = new Response(text(), { headers: response.headers })
  return { status: response.status, headers: response.headers, messages: await messagesOf(copy) }
}

test('a call outlives its connection, and whoever comes back in its session gets the answer', async () => {
  const session = await world.initialize(ann.token)
  const first = await open(ann.token, session, call('echo', { text: 'kept' }))
  const { call: held, digest } = await world.held()
  await has(first, 'data: \n\n')
  assert.match(first.text(), /^retry: 1000\nid: \S+\ndata: \n\n/u)
  await first.leave()
  await world.operator.must({ do: 'call.approve', call: held, digest, comment: 'welcome back' })
  const answer = outcome(await read(ann.token, session, first.lastId()))
  assert.match(JSON.stringify(answer['content']), /\\"kept\\".*welcome back/u)
  const again = outcome(await read(ann.token, session, first.lastId()))
  assert.deepEqual(again, answer)
})

test('what a driver asks while its client is away is asked when it is back', async () => {
  const { token } = world.bob
  const session = await initialize(token, '2025-11-25', { elicitation: {} })
  const asks = world.driver.seen.length
  const first = await open(token, session, call('ask'))
  await has(first, 'data: \n')
  await first.leave()
  while (world.driver.seen.length === asks) await soon()
  // It may have been quick enough to be asked before: whoever did not see that is asked again.
  const lastEventId = first.lastId().replace(/\d+$/u, '0')
  const second = await open(token, session, { lastEventId })
  await has(second, 'elicitation/create')
  const asked = /"id":"(?<id>custos-[^"]+)"/u.exec(second.text())?.groups?.['id']
  const result = { action: 'accept', content: { colour: 'red' } }
  await world.send(
    token,
    { jsonrpc: '2.0', id: asked ?? '', result },
    { headers: { 'Mcp-Session-Id': session } },
  )
  await second.over
  assert.match(second.text(), /\\"red\\"/u)
})

test('nobody resumes what was not theirs, and nothing is resumed that is not known', async () => {
  const session = await world.initialize(ann.token)
  const list: RequestInit = {
    method: 'POST',
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} }),
  }
  const first = await open(ann.token, session, list)
  await first.over
  const id = first.lastId()
  assert.match(id, /^a\.[\w-]{22}\.1$/u)
  const status = async (token: string, of: string, lastEventId: string): Promise<number> =>
    (await read(token, of, lastEventId)).status
  assert.equal(await status(ann.token, session, id), 200)
  assert.equal(await status(ann.token, await world.initialize(ann.token), id), 400)
  assert.equal(await status(world.bob.token, await world.initialize(world.bob.token), id), 400)
  assert.equal(await status(world.bob.token, session, id), 404)
  for (const made of ['1', `${id}0`, id.replace(/\.1$/u, '.2'), 'a.AAAAAAAAAAAAAAAAAAAAAA.0'])
    assert.equal(await status(ann.token, session, made), 400, made)
  const why = await read(ann.token, session, 'x')
  assert.match(JSON.stringify(why.messages), /cannot be resumed/u)
  const headers = { Authorization: `Bearer ${ann.token}`, 'Mcp-Session-Id': session }
  await fetch(world.gateway.url, { method: 'DELETE', headers })
  assert.equal(await status(ann.token, session, id), 404)
})

test('before 2025-11-25 closing withdraws at once, and since then a cancellation does', async () => {
  const { token } = world.bob
  const withdrawn = world.driver.withdrawn
  const old = await initialize(token, '2025-06-18')
  const seen = world.driver.seen.length
  const stop = new AbortController()
  const left = world.send(token, callMessage('wait'), {
    headers: { 'Mcp-Session-Id': old },
    signal: stop.signal,
  })
  while (world.driver.seen.length === seen) await soon()
  stop.abort()
  await assert.rejects(left)
  while (world.driver.withdrawn === withdrawn) await soon()

  const session = await world.initialize(token)
  const first = await open(token, session, call('wait', {}, 9))
  while (world.driver.seen.length === seen + 1) await soon()
  await first.leave()
  const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 9 } }
  await world.send(token, cancelled, { headers: { 'Mcp-Session-Id': session } })
  while (world.driver.withdrawn === withdrawn + 1) await soon()
})

test('a driver that lets go of its connection lets go of the client’s, which comes back by itself', async () => {
  const definitions = [
    { selector: 'tools/doze', definition: { name: 'doze', inputSchema: { type: 'object' } } },
  ]
  const { promise: released, resolve: release } = Promise.withResolvers<Served>()
  const object = await world.operator.addDriver('dozer', definitions)
  const adapter = await world.kernel.driver('dozer', definitions, (request: IncomingRequest) => {
    request.notice({ event: 'lull' })
    return released
  })
  await world.grant(world.bob.process, ['tools/doze'], { object })
  const session = await world.initialize(world.bob.token)
  const params = { name: 'dozer__doze', arguments: {} }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
  const client = await world.gateway.client(world.bob.token, 'legacy')
  try {
    const byHand = await open(world.bob.token, session, { method: 'POST', body })
    await byHand.over
    const bySdk = client.callTool(params)
    release({ kind: 'reply', header: { outcome: 'done' }, body: Buffer.from('{"content":[]}') })
    assert.deepEqual(outcome(await read(world.bob.token, session, byHand.lastId()))['content'], [])
    assert.deepEqual((await bySdk).content, [])
  } finally {
    await client.close()
    adapter.close()
  }
})

test('a listening stream goes on where it broke, and begins anew where nobody remembers it', async () => {
  const { token } = world.bob
  const session = await world.initialize(token)
  const subscribe = { jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params: { uri: 'note://1' } }
  const first = await open(token, session, {})
  await world.send(token, subscribe, { headers: { 'Mcp-Session-Id': session } })
  world.driver.tell({ event: 'resource-updated', uri: 'note://1' })
  await has(first, 'resources/updated')
  await first.leave()
  world.driver.tell({ event: 'resource-updated', uri: 'note://1' })
  const second = await open(token, session, { lastEventId: first.lastId() })
  await has(second, 'resources/updated')
  assert.equal(second.text().match(/resources\/updated/gu)?.length, 1)
  const lastEventId = second.lastId()

  const { port } = world.gateway
  await world.gateway.stop()
  await second.over
  world.gateway = await GatewayProcess.start(world.home, port)
  const third = await open(token, session, { lastEventId })
  for (const list of ['tools', 'prompts', 'resources']) await has(third, `notifications/${list}/list_changed`)
  await third.leave()
})
