import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import type { Respond, TestServer } from '../../../test/harness/http-server.ts'
import { TellingOwner, about, beginEvents, requestBytes } from '../../../test/harness/http-server.ts'
import { sendJson, serveHttp } from '../../../test/harness/http-server.ts'
import type { HttpLink } from './http-link.ts'
import { openHttpLink } from './http-link.ts'
import type { HttpLimits } from './http-limits.ts'

const legacy = '2025-11-25'
const modern = '2026-07-28'

interface Scene {
  readonly server: TestServer
  readonly owner: TellingOwner
  readonly link: HttpLink
}

async function scene(t: TestContext, respond: Respond, limits: Partial<HttpLimits> = {}): Promise<Scene> {
  const server = await serveHttp(respond)
  const owner = new TellingOwner()
  const link = openHttpLink({ protocol: 'mcp-http', url: server.url, credential: '' }, owner, { limits })
  t.after(async () => {
    link.close('the test is over')
    await link.closed
    await server.close()
  })
  return { server, owner, link }
}

function result(id: number, value: unknown = {}): object {
  return { jsonrpc: '2.0', id, result: value }
}

function answerTo(id: number): string {
  return JSON.stringify(result(id))
}

test('a stateless request repeats method, name and marked arguments in headers and has no session', async (t) => {
  const { server, owner, link } = await scene(t, (_, response) => {
    response.setHeader('mcp-session-id', 'nobody asked')
    sendJson(response, result(1))
  })
  const message = requestBytes(1, 'tools/call')
  const paramHeaders = [['Mcp-Param-Region', '=?base64?w6k=?=']] as const
  link.send(message, about({ id: 1, method: 'tools/call', name: 'grün', paramHeaders, revision: modern }))
  assert.deepEqual(await owner.have(1), [{ kind: 'received', text: answerTo(1), stream: 1 }])
  const [first] = server.arrived
  assert.equal(first?.body, message.toString())
  assert.equal(first?.headers['accept'], 'application/json, text/event-stream')
  assert.equal(first?.headers['mcp-protocol-version'], modern)
  assert.equal(first?.headers['mcp-method'], 'tools/call')
  assert.equal(first?.headers['mcp-name'], '=?base64?Z3LDvG4=?=')
  assert.equal(first?.headers['mcp-param-region'], '=?base64?w6k=?=')
  assert.equal(first?.headers['authorization'], undefined)
  link.send(requestBytes(2, 'ping'), about({ id: 2, method: 'ping', revision: modern }))
  await owner.have(2)
  assert.equal(server.arrived[1]?.headers['mcp-session-id'], undefined)
})

test('a session lasts from the answer to initialize until the link is closed', async (t) => {
  const { server, owner, link } = await scene(t, ({ method, body }, response) => {
    if (method === 'DELETE') return void response.writeHead(200).end()
    const { id, method: asked } = JSON.parse(body) as { id?: number; method: string }
    if (asked === 'initialize') response.setHeader('mcp-session-id', 'session-1')
    if (id === undefined) response.writeHead(202).end()
    else sendJson(response, result(id))
  })
  link.send(requestBytes(1, 'initialize'), about({ id: 1, method: 'initialize' }))
  await owner.have(1)
  const told = Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}')
  link.send(told, about({ method: 'notifications/initialized', revision: legacy }))
  link.send(requestBytes(2, 'tools/list'), about({ id: 2, method: 'tools/list', revision: legacy }))
  await owner.have(2)
  link.close('enough')
  await link.closed
  const seen = server.arrived.map(({ method, headers }) => [
    method,
    headers['mcp-session-id'],
    headers['mcp-protocol-version'],
    headers['mcp-method'],
  ])
  assert.deepEqual(seen, [
    ['POST', undefined, undefined, undefined],
    ['POST', 'session-1', legacy, undefined],
    ['POST', 'session-1', legacy, undefined],
    ['DELETE', 'session-1', legacy, undefined],
  ])
  assert.deepEqual(owner.told.at(-1), { kind: 'ended', reason: 'enough' })
})

test('nothing overtakes the notification that the session is initialized', async (t) => {
  let release = (): void => {}
  const { server, owner, link } = await scene(t, ({ body }, response) => {
    if (body.includes('notifications/initialized')) release = () => void response.writeHead(202).end()
    else sendJson(response, result(2))
  })
  link.send(
    Buffer.from('{"jsonrpc":"2.0","method":"notifications/initialized"}'),
    about({ method: 'notifications/initialized', revision: legacy }),
  )
  link.send(requestBytes(2, 'tools/list'), about({ id: 2, method: 'tools/list', revision: legacy }))
  link.send(requestBytes(3, 'tools/list'), about({ id: 3, method: 'tools/list', revision: legacy }))
  link.abandon(3)
  await server.seen(() => true)
  assert.equal(server.arrived.length, 1)
  release()
  await owner.have(1)
  assert.deepEqual(
    server.arrived.slice(1).map(({ body }) => body),
    [requestBytes(2, 'tools/list').toString()],
  )
})

test('messages of an event stream carry the request they came with, in order and cut anywhere', async (t) => {
  const note = '{"jsonrpc":"2.0","method":"notifications/message","params":{"data":"grüß 世界"}}'
  const events = Buffer.from(
    `: hello\nevent: message\ndata: ${note}\n\nevent: other\ndata: {}\n\ndata: ${answerTo(7)}\n\n`,
  )
  const { owner, link } = await scene(t, (_, response) => {
    beginEvents(response)
    let at = 0
    const next = (): void => {
      if (at < events.length) response.write(events.subarray(at, ++at), () => setImmediate(next))
      else response.end()
    }
    next()
  })
  link.send(requestBytes(7, 'tools/call'), about({ id: 7, method: 'tools/call', revision: modern }))
  assert.deepEqual(await owner.have(2), [
    { kind: 'received', text: note, stream: 7 },
    { kind: 'received', text: answerTo(7), stream: 7 },
  ])
})

test('a body written over many lines becomes one line, and control bytes in strings stay', async (t) => {
  const { owner, link } = await scene(t, (_, response) => {
    response.writeHead(200, { 'content-type': 'Application/JSON; charset=utf-8' })
    response.end('{\r\n\t"jsonrpc": "2.0",\n  "id": 1, "result": {"a": "\\"\n"}\n}')
  })
  link.send(requestBytes(1, 'tools/call'), about({ id: 1, method: 'tools/call', revision: modern }))
  const text = '{   "jsonrpc": "2.0",   "id": 1, "result": {"a": "\\"\n"} }'
  assert.deepEqual(await owner.have(1), [{ kind: 'received', text, stream: 1 }])
})

test('a sessionful stream that is cut is resumed after its last event, not before the server wants', async (t) => {
  const wentAway: number[] = []
  const { server, owner, link } = await scene(t, ({ method, headers }, response) => {
    beginEvents(response)
    const now = performance.now()
    if (method === 'POST') response.end('id: ä1\nretry: 120\ndata: \n\n')
    else if (headers['last-event-id'] === Buffer.from('ä1').toString('latin1'))
      response.end('id: 2\ndata: {"n":1}\n\n')
    else response.end(`data: ${answerTo(1)}\n\n`)
    wentAway.push(now)
  })
  link.send(requestBytes(1, 'tools/call'), about({ id: 1, method: 'tools/call', revision: legacy }))
  assert.deepEqual(await owner.have(2), [
    { kind: 'received', text: '{"n":1}', stream: 1 },
    { kind: 'received', text: answerTo(1), stream: 1 },
  ])
  assert.deepEqual(
    server.arrived.map(({ method }) => method),
    ['POST', 'GET', 'GET'],
  )
  assert.ok((wentAway[1] ?? 0) - (wentAway[0] ?? 0) >= 119)
  assert.deepEqual(owner.pauses, [1], 'whoever waits is told so once')
})

test('a stream that ends without an answer fails its request: nobody knows what became of it', async (t) => {
  const { owner, link, server } = await scene(
    t,
    (_, response) => {
      beginEvents(response)
      response.end('id: 1\ndata: \n\n')
    },
    { retryLeast: 1, retryUsual: 1, emptyResumptions: 3 },
  )
  link.send(requestBytes(1, 'tools/call'), about({ id: 1, method: 'tools/call', revision: modern }))
  const ended = { sent: true, status: null, error: null }
  assert.deepEqual(await owner.have(1), [
    {
      kind: 'failed',
      id: 1,
      problem: { reason: 'the server ended its event stream without an answer', ...ended },
    },
  ])
  link.send(requestBytes(2, 'tools/call'), about({ id: 2, method: 'tools/call', revision: legacy }))
  assert.deepEqual((await owner.have(2))[1], {
    kind: 'failed',
    id: 2,
    problem: { reason: 'the server does not resume its event stream', ...ended },
  })
  assert.equal(server.arrived.length, 5)
})

test('the stream that belongs to no request comes back by itself and gives up where there is none', async (t) => {
  let gets = 0
  const { owner, link, server } = await scene(
    t,
    (_, response) => {
      gets++
      if (gets === 3) return void response.writeHead(405).end()
      beginEvents(response)
      response.end(`id: ${gets}\ndata: {"n":${gets}}\n\n`)
    },
    { retryLeast: 1, retryUsual: 1 },
  )
  link.openStream?.()
  link.openStream?.()
  assert.deepEqual(await owner.have(2), [
    { kind: 'received', text: '{"n":1}', stream: null },
    { kind: 'received', text: '{"n":2}', stream: null },
  ])
  await server.seen(({ headers }) => headers['last-event-id'] === '2')
  assert.deepEqual(
    server.arrived.map(({ headers }) => headers['last-event-id']),
    [undefined, '1', '2'],
  )
})

test('a server that does not know the session any more ends the link', async (t) => {
  const { owner, link } = await scene(t, ({ body, headers }, response) => {
    response.setHeader('mcp-session-id', 'short')
    if (headers['mcp-session-id'] === undefined) sendJson(response, result(1))
    else sendJson(response, { jsonrpc: '2.0', id: null, error: { code: -32001, message: body } }, 404)
  })
  link.send(requestBytes(1, 'initialize'), about({ id: 1, method: 'initialize' }))
  await owner.have(1)
  link.send(requestBytes(2, 'tools/call'), about({ id: 2, method: 'tools/call', revision: legacy }))
  const reason = 'the server has ended the session'
  assert.deepEqual((await owner.have(3)).slice(1), [
    { kind: 'failed', id: 2, problem: { reason, sent: true, status: 404, error: null } },
    { kind: 'ended', reason },
  ])
})

test('giving a request up closes its connection, and nothing more is told of it', async (t) => {
  let closed: Promise<unknown> = Promise.resolve()
  const { owner, link, server } = await scene(t, (_, response) => {
    closed = once(response, 'close')
    beginEvents(response)
    response.write('data: {"n":1}\n\n')
  })
  link.send(requestBytes(1, 'tools/call'), about({ id: 1, method: 'tools/call', revision: modern }))
  await owner.have(1)
  link.abandon(1)
  await closed
  assert.equal(server.arrived.length, 1)
  assert.equal(owner.told.length, 1)
})

test('an HTTP error is a problem with its status, and with the JSON-RPC error in its body', async (t) => {
  const error = { code: -32022, message: 'Unsupported protocol version', data: { supported: [modern] } }
  const bodies: readonly ((response: ServerResponse) => void)[] = [
    (response) => sendJson(response, { jsonrpc: '2.0', id: 1, error }, 400),
    (response) => sendJson(response, { jsonrpc: '2.0', id: null, error }, 400),
    (response) => sendJson(response, { jsonrpc: '2.0', id: 99, error }, 400),
    (response) => void response.writeHead(503).end('<html>'),
    (response) => void response.writeHead(500).end('x'.repeat(100_000)),
  ]
  let turn = 0
  const { owner, link } = await scene(t, (_, response) => bodies[turn++]?.(response))
  const expected = [
    [400, error],
    [400, error],
    [400, null],
    [503, null],
    [500, null],
  ] as const
  for (const [status, rpcError] of expected) {
    link.send(requestBytes(1, 'x'), about({ id: 1, method: 'x', revision: modern }))
    await owner.have(turn + 1)
    assert.deepEqual(owner.told.at(-1), {
      kind: 'failed',
      id: 1,
      problem: { reason: `the server answered HTTP ${status}`, sent: true, status, error: rpcError },
    })
  }
})

test('a server that cannot be reached was sent nothing', async (t) => {
  const { server, owner, link } = await scene(t, () => {})
  await server.close()
  t.after(() => {})
  link.send(requestBytes(1, 'x'), about({ id: 1, method: 'x', revision: modern }))
  const [told] = await owner.have(1)
  assert.ok(told?.kind === 'failed')
  assert.equal(told.problem.sent, false)
  assert.match(told.problem.reason, /could not be reached: ECONNREFUSED/u)
  server.close = () => Promise.resolve()
})

test('a peer that accepts and says nothing is given up in time, and may have been sent everything', async (t) => {
  const silent = createServer(() => {})
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const owner = new TellingOwner()
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`
  const link = openHttpLink({ protocol: 'mcp-http', url, credential: '' }, owner, {
    limits: { answerMs: 50 },
  })
  t.after(() => {
    link.close('over')
    silent.close()
  })
  link.send(requestBytes(1, 'x'), about({ id: 1, method: 'x', revision: modern }))
  assert.deepEqual(await owner.have(1), [
    {
      kind: 'failed',
      id: 1,
      problem: { reason: 'the server did not answer in time', sent: true, status: null, error: null },
    },
  ])
})

test('a URL that must not be used ends the link before anything is sent', async () => {
  for (const url of [
    'http://user:secret@127.0.0.1/',
    'ftp://127.0.0.1/',
    'nonsense',
    'http://127.0.0.1/#x',
  ]) {
    const owner = new TellingOwner()
    const link = openHttpLink({ protocol: 'mcp-http', url, credential: '' }, owner)
    link.send(requestBytes(1, 'x'), about({ id: 1, method: 'x' }))
    const [told] = await owner.have(1)
    assert.ok(told?.kind === 'ended')
    assert.ok(!told.reason.includes('secret'))
    await link.closed
  }
})
