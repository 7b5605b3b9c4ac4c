/**
 * Serves an SDK server over Streamable HTTP on a free loopback port, in both eras: sessions for the legacy
 * revisions, one fresh server per request for the modern one. It writes its URL to standard output as JSON, and
 * remembers what reached it: `GET /seen` tells, `DELETE /seen` forgets.
 */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { node, sdk } from './sdk.mjs'

/** Serves these eras. `create` makes a server; `notify` (given to it) publishes changes to modern subscribers. */
export function serve(eras, create) {
  const seen = []
  const sessions = new Map()
  const modern = sdk.createMcpHandler(() => create(() => modern.notify))
  const handle = node.toNodeHandler(modern)

  const dispatch = async (request, response) => {
    if (!isLocal(request.headers)) return fail(response, 403, -32_000, 'not this host')
    if (request.url === '/seen') return tell(request, response, seen)
    const body = request.method === 'POST' ? await read(request) : undefined
    for (const message of [body].flat()) if (message?.method !== undefined) seen.push(nameOf(message))
    const route = sdk.classifyInboundRequest({
      httpMethod: request.method,
      protocolVersionHeader: request.headers['mcp-protocol-version'],
      mcpMethodHeader: request.headers['mcp-method'],
      body,
    })
    if (route.kind !== 'legacy' && eras.includes('modern')) return handle(request, response, body)
    const transport = await transportFor(request, body)
    if (transport === null) return fail(response, 404, -32_001, 'no such session')
    return transport.handleRequest(request, response, body)
  }

  const transportFor = async (request, body) => {
    const id = request.headers['mcp-session-id']
    if (id !== undefined) return sessions.get(id) ?? null
    if (!sdk.isInitializeRequest(body)) return null
    const transport = new node.NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: eventStore(),
      retryInterval: 500,
      onsessioninitialized: (session) => void sessions.set(session, transport),
    })
    transport.onclose = () => sessions.delete(transport.sessionId)
    await create(() => modern.notify).connect(transport)
    return transport
  }

  const server = createServer((request, response) => {
    dispatch(request, response).catch((error) => fail(response, 500, -32_603, error.message))
  })
  server.listen(0, '127.0.0.1', () => {
    const { port } = server.address()
    process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}/mcp` })}\n`)
  })
}

function isLocal({ host = '', origin }) {
  const local = (value) => /^(?:https?:\/\/)?(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/.test(value)
  return local(host) && (origin === undefined || local(origin))
}

function nameOf({ method, params }) {
  const name =
    params?.name ??
    params?.uri ??
    params?.ref?.name ??
    params?.notifications?.resourceSubscriptions?.join(' ')
  return name === undefined ? method : `${method} ${name}`
}

function tell(request, response, seen) {
  const text = JSON.stringify(seen)
  if (request.method === 'DELETE') seen.length = 0
  response.writeHead(200, { 'content-type': 'application/json' }).end(text)
}

function fail(response, status, code, message) {
  if (response.headersSent) return response.end()
  const body = { jsonrpc: '2.0', id: null, error: { code, message } }
  return response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function read(request) {
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  return JSON.parse(Buffer.concat(chunks).toString())
}

/** Remembers what was sent, so that a client which lost a stream can have the rest of it. */
function eventStore() {
  const events = []
  return {
    storeEvent: async (stream, message) => {
      events.push({ id: `${stream}::${events.length}`, stream, message })
      return events.at(-1).id
    },
    getStreamIdForEventId: async (id) => events.find((event) => event.id === id)?.stream,
    replayEventsAfter: async (last, { send }) => {
      const at = events.findIndex(({ id }) => id === last)
      const { stream } = events[at] ?? {}
      for (const event of events.slice(at + 1))
        if (event.stream === stream && Object.keys(event.message).length > 0)
          await send(event.id, event.message)
      return stream
    },
  }
}
