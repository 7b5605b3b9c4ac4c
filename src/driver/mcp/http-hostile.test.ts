/**
 * Servers that mean harm. Each case says what the server does and what comes of it: the request that it was asked
 * fails, in bounded time and memory, and a request that it answers properly afterwards is answered.
 */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import type { Told } from '../../../test/harness/http-server.ts'
import { TellingOwner, about, beginEvents, requestBytes } from '../../../test/harness/http-server.ts'
import { sendJson, serveHttp } from '../../../test/harness/http-server.ts'
import { openHttpLink } from './http-link.ts'
import type { HttpLimits } from './http-limits.ts'

/** How long a server may take where nothing but time shall end it; an honest answer must fit in too. */
const shortMs = 1_500

/** With times that nothing here comes near. */
const limits: Partial<HttpLimits> = {
  messageBytes: 65_536,
  retryLeast: 1,
  retryUsual: 1,
  emptyResumptions: 3,
}

const briefly: Partial<HttpLimits> = { ...limits, answerMs: shortMs, idleMs: shortMs, promptMs: shortMs }

interface Case {
  /** What request 1 is answered with. */
  readonly respond: (response: ServerResponse) => void
  readonly reason: RegExp
  /** The revision that is spoken; modern unless said otherwise. */
  readonly revision?: string
  /** Messages that reach the owner before the failure. */
  readonly passed?: number
  /** What ends it is that time is over. */
  readonly isByTime?: true
}

/** Writes the same piece again and again, for as long as anybody reads. */
function pour(response: ServerResponse, piece: string | Buffer): void {
  const more = (error?: Error | null): void => {
    if (!error) response.write(piece, more)
  }
  more()
}

/** Writes the same piece now and then. */
function drip(response: ServerResponse, piece: string, everyMs: number): void {
  const timer = setInterval(() => response.write(piece), everyMs)
  response.on('close', () => clearInterval(timer))
}

/** Made before anybody waits for it. */
const bomb = gzipSync(Buffer.alloc(50_000_000))

const cases: { readonly [what: string]: Case } = {
  'a body without end': {
    respond(response) {
      response.writeHead(200, { 'content-type': 'application/json' })
      pour(response, Buffer.alloc(16_384, 0x20))
    },
    reason: /longer than allowed/u,
  },
  'an event without end': {
    respond(response) {
      beginEvents(response)
      pour(response, 'data: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n'.repeat(400))
    },
    reason: /longer than allowed/u,
  },
  'a line without end': {
    respond(response) {
      beginEvents(response)
      pour(response, Buffer.alloc(16_384, 0x61))
    },
    reason: /longer than allowed/u,
  },
  'a comment without end': {
    respond(response) {
      beginEvents(response)
      response.write(':')
      pour(response, Buffer.alloc(16_384, 0x61))
    },
    reason: /longer than allowed/u,
  },
  'a compressed bomb': {
    respond(response) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
      response.end(bomb)
    },
    reason: /compresses its answer/u,
  },
  silence: { respond() {}, reason: /did not answer in time/u, isByTime: true },
  'silence after the header': {
    respond(response) {
      response.writeHead(200, { 'content-type': 'application/json' })
      response.write('{')
    },
    reason: /went silent/u,
    isByTime: true,
  },
  'silence in an event stream': {
    respond(response) {
      beginEvents(response)
      response.write('data: {')
    },
    reason: /ended its event stream without an answer/u,
    isByTime: true,
  },
  'provisional answers without end': {
    respond: (response) => {
      const timer = setInterval(() => response.writeProcessing(), 20)
      response.on('close', () => clearInterval(timer))
    },
    reason: /did not answer in time/u,
    isByTime: true,
  },
  'a web page': {
    respond: (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'),
    reason: /neither JSON nor an event stream/u,
  },
  'acceptance instead of an answer': {
    respond: (response) => void response.writeHead(202).end(),
    reason: /neither JSON nor an event stream/u,
  },
  'an answer to something else': {
    respond: (response) => sendJson(response, { jsonrpc: '2.0', id: 99, result: {} }),
    reason: /something other than the answer/u,
  },
  'an answer to the same number as text': {
    respond: (response) => sendJson(response, { jsonrpc: '2.0', id: '1', result: {} }),
    reason: /something other than the answer/u,
  },
  'a request instead of an answer': {
    respond: (response) => sendJson(response, { jsonrpc: '2.0', id: 1, method: 'sampling/createMessage' }),
    reason: /something other than the answer/u,
  },
  'a batch': {
    respond: (response) => sendJson(response, [{ jsonrpc: '2.0', id: 1, result: {} }]),
    reason: /something other than the answer/u,
  },
  'an empty body': {
    respond: (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(),
    reason: /something other than the answer/u,
  },
  'half a body': {
    respond(response) {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('{"jsonrpc":')
      setImmediate(() => response.destroy())
    },
    reason: /broke the connection/u,
  },
  'answers to others on our stream, which the session judges': {
    respond(response) {
      beginEvents(response)
      response.end(
        'data: {"jsonrpc":"2.0","id":2,"result":{}}\n\ndata: {"jsonrpc":"2.0","id":3,"result":{}}\n\n',
      )
    },
    reason: /ended its event stream without an answer/u,
    passed: 2,
  },
  'a stream that is cut and empty whenever it is resumed': {
    respond(response) {
      beginEvents(response)
      response.end('id: 1\nretry: 0\n\n')
    },
    reason: /does not resume/u,
    revision: '2025-11-25',
  },
  'a retry of a thousand years, within the time that a call has': {
    respond(response) {
      beginEvents(response)
      response.end('retry: 31536000000000\n\n')
    },
    reason: /ended its event stream without an answer/u,
    isByTime: true,
    revision: '2025-11-25',
  },
  'an error body without end': {
    respond(response) {
      response.writeHead(500, { 'content-type': 'application/json' })
      pour(response, Buffer.alloc(16_384, 0x20))
    },
    reason: /answered HTTP 500/u,
  },
  'an error with a number that is none': {
    respond: (response) =>
      sendJson(response, { jsonrpc: '2.0', id: 1, error: { code: 'x', message: 7 } }, 400),
    reason: /answered HTTP 400/u,
  },
}

for (const [what, { respond, reason, revision = '2026-07-28', passed = 0, isByTime }] of Object.entries(
  cases,
))
  test(`a server that sends ${what} fails its own request only`, async (t) => {
    const server = await serveHttp(({ body, method }, response) => {
      const { id } = (method === 'POST' ? JSON.parse(body) : {}) as { readonly id?: number }
      if (id === 1) respond(response)
      else if (id === undefined) respond(response)
      else sendJson(response, { jsonrpc: '2.0', id, result: {} })
    })
    const owner = new TellingOwner()
    const link = openHttpLink({ protocol: 'mcp-http', url: server.url, credential: '' }, owner, {
      limits: isByTime === true ? briefly : limits,
    })
    t.after(async () => {
      link.close('over')
      await server.close()
    })
    link.send(requestBytes(1, 'x'), about({ id: 1, method: 'x', revision }))
    const told = (await owner.have(passed + 1)).at(-1)
    assert.ok(told?.kind === 'failed' && told.id === 1, JSON.stringify(told))
    assert.match(told.problem.reason, reason)
    assert.equal(told.problem.sent, true)
    link.send(requestBytes(2, 'x'), about({ id: 2, method: 'x', revision }))
    assert.equal((await owner.have(passed + 2)).at(-1)?.kind, 'received')
    assert.equal(owner.told.filter(({ kind }) => kind === 'failed').length, 1)
  })

test('a stream that says nothing but that it is alive is kept', async (t) => {
  const server = await serveHttp((_, response) => {
    beginEvents(response)
    drip(response, ':\n', 50)
    setTimeout(() => response.end('data: {"jsonrpc":"2.0","id":1,"result":{}}\n\n'), 2 * shortMs)
  })
  const owner = new TellingOwner()
  const link = openHttpLink({ protocol: 'mcp-http', url: server.url, credential: '' }, owner, {
    limits: briefly,
  })
  t.after(async () => {
    link.close('over')
    await server.close()
  })
  link.send(requestBytes(1, 'x'), about({ id: 1, method: 'x', revision: '2026-07-28' }))
  assert.equal((await owner.have(1))[0]?.kind, 'received')
})

test('requests beyond the limit are refused before they are sent', async (t) => {
  const server = await serveHttp(() => {})
  const owner = new TellingOwner()
  const few = { limits: { ...limits, answerMs: 60_000, requests: 4, notifications: 2 } }
  const link = openHttpLink({ protocol: 'mcp-http', url: server.url, credential: '' }, owner, few)
  t.after(async () => {
    link.close('over')
    await server.close()
  })
  for (let id = 1; id <= 6; id++) link.send(requestBytes(id, 'x'), about({ id, method: 'x' }))
  for (let count = 0; count < 5; count++) link.send(Buffer.from('{}'), about({ method: 'notifications/x' }))
  const told = await owner.have(2)
  const refused = { reason: 'too many requests are under way', sent: false, status: null, error: null }
  assert.deepEqual(told, [
    { kind: 'failed', id: 5, problem: refused },
    { kind: 'failed', id: 6, problem: refused },
  ])
  await server.seen(() => server.arrived.length === 6)
  assert.equal(server.arrived.length, 6)
})

/** A server that speaks below HTTP. */
async function told(
  t: TestContext,
  serve: (socket: Socket) => void,
  limits: Partial<HttpLimits>,
): Promise<readonly Told[]> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.once('data', () => serve(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const owner = new TellingOwner()
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`
  const link = openHttpLink({ protocol: 'mcp-http', url, credential: '' }, owner, { limits })
  t.after(() => {
    link.close('over')
    server.close()
  })
  link.send(requestBytes(1, 'x'), about({ id: 1, method: 'x', revision: '2026-07-28' }))
  return owner.have(1)
}

const below: { readonly [what: string]: readonly [serve: (socket: Socket) => void, reason: RegExp] } = {
  'a header without end': [
    (socket) => {
      socket.write('HTTP/1.1 200 OK\r\n')
      const timer = setInterval(() => socket.write(`x-a: ${'a'.repeat(4096)}\r\n`), 1)
      socket.on('close', () => clearInterval(timer))
    },
    /broke the connection/u,
  ],
  'a header byte by byte': [
    (socket) => {
      const timer = setInterval(() => socket.write('H'), 50)
      socket.on('close', () => clearInterval(timer))
    },
    /broke the connection|did not answer in time/u,
  ],
  'another protocol': [(socket) => socket.write('SSH-2.0-x\r\n'), /broke the connection/u],
  'two lengths': [
    (socket) => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}x'),
    /broke the connection/u,
  ],
  'an upgrade that nobody asked for': [
    (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'),
    /broke the connection|did not answer in time/u,
  ],
  'a second response that nobody asked for': [
    (socket) =>
      socket.write(
        'HTTP/1.1 500 x\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}',
      ),
    /answered HTTP 500/u,
  ],
  'an end before anything': [(socket) => socket.end(), /broke the connection/u],
}

for (const [what, [serve, reason]] of Object.entries(below))
  test(`a peer that sends ${what} fails the request`, async (t) => {
    const isByTime = reason.test('did not answer in time')
    const [first, ...more] = await told(t, serve, isByTime ? briefly : limits)
    assert.ok(first?.kind === 'failed' && first.problem.sent)
    assert.match(first.problem.reason, reason)
    assert.deepEqual(more, [])
  })
