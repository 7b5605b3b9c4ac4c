/**
 * The gateway one writes in an afternoon, as the control: it starts servers, offers their tools together, and
 * passes on whatever is said. Nothing in it is malicious or silly; everything in it has been shipped by somebody.
 * It trusts that names are honest, that ids are its own, that messages end, and that servers mean well.
 *
 * `node plain-relay.ts CONFIG`: the file holds `{socket, servers: {NAME: {args} | {url, key}}}`. Clients connect
 * to the unix socket and speak one message a line.
 */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { argumentProblem, inlined, listedName } from './plain-relay-schemas.ts'
import type { RpcMessage, Tool } from './rpc-message.ts'

interface Peer {
  readonly name: string
  send(message: object): void
}
interface Config {
  readonly socket: string
  readonly servers: { readonly [name: string]: ServerConfig }
}
interface ServerConfig {
  readonly args?: readonly string[]
  readonly url?: string
  readonly key?: string
}
interface Route {
  readonly server: Peer
  readonly name: string
  readonly tool: Tool
}

const config = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as Config
const servers: Peer[] = []
const clients = new Set<Peer>()
const pending: { [id: string]: (message: RpcMessage) => void } = {}
const askers: { [id: string]: Peer } = {}
const routes = new Map<string, Route>()
const resources = new Map<string, Peer>()
const cookies = new Map<string, string>()
let lastId = 0
let log = ''

function ask(server: Peer, method: string, params: object, onAnswer: (message: RpcMessage) => void): void {
  const id = ++lastId
  pending[id] = onAnswer
  server.send({ jsonrpc: '2.0', id, method, params })
}

function asked(server: Peer, method: string, params: object): Promise<RpcMessage> {
  return new Promise((resolve) => ask(server, method, params, resolve))
}

function heardFromServer(server: Peer, line: string): void {
  const message = JSON.parse(line) as RpcMessage
  const waiting = pending[String(message.id)]
  if (waiting !== undefined) return waiting(message)
  if (message.method === 'notifications/tools/list_changed') void listTools()
  if (message.method !== undefined && message.id !== undefined) askers[String(message.id)] = server
  for (const client of clients) client.send(message)
}

function startServer(name: string, { args = [] }: ServerConfig): Peer {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  const server: Peer = { name, send: (message) => child.stdin.write(`${JSON.stringify(message)}\n`) }
  byLine(child.stdout, (line) => heardFromServer(server, line))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text))
  return server
}

/** An HTTP server: our key with each request, its session and its cookies as any HTTP library keeps them. */
function reachServer(name: string, { url = '', key = '' }: ServerConfig): Peer {
  const { hostname } = new URL(url)
  const server: Peer = { name, send: (message) => void post(message) }
  async function post(message: object): Promise<void> {
    const headers: { [name: string]: string } = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'x-api-key': key,
      cookie: cookies.get(hostname) ?? '',
    }
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(message) })
    for (const cookie of response.headers.getSetCookie()) cookies.set(hostname, cookie.split(';')[0] ?? '')
    const metadata = /resource_metadata="(?<at>[^"]+)"/u.exec(response.headers.get('www-authenticate') ?? '')
    if (metadata?.groups?.['at'] !== undefined) await fetch(metadata.groups['at'])
    const text = await response.text()
    const isStream = response.headers.get('content-type') === 'text/event-stream'
    for (const line of isStream ? eventsOf(text) : [text]) if (line !== '') heardFromServer(server, line)
  }
  return server
}

function eventsOf(text: string): readonly string[] {
  return text.split('\n').flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : []))
}

function byLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = ''
  stream.setEncoding('utf8').on('data', (text: string) => {
    rest += text
    const lines = rest.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) onLine(line)
  })
}

async function pagesOf<T>(server: Peer, method: string, member: string): Promise<readonly T[]> {
  const all: T[] = []
  let cursor: unknown
  do {
    const { result } = await asked(server, method, cursor === undefined ? {} : { cursor })
    const page = (result ?? {}) as { readonly nextCursor?: unknown; readonly [member: string]: unknown }
    all.push(...((page[member] ?? []) as readonly T[]))
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return all
}

async function listTools(): Promise<object> {
  for (const server of servers) {
    for (const tool of await pagesOf<Tool>(server, 'tools/list', 'tools')) {
      routes.set(listedName(server.name, tool), { server, name: tool['name'] as string, tool })
    }
  }
  return { tools: [...routes].map(([name, { tool }]) => ({ ...inlined(tool), name })) }
}

async function listResources(): Promise<object> {
  for (const server of servers) {
    for (const { uri } of await pagesOf<{ readonly uri: string }>(server, 'resources/list', 'resources'))
      resources.set(uri, server)
  }
  return { resources: [...resources.keys()].map((uri) => ({ uri, name: uri })) }
}

async function callTool(client: Peer, { id, params = {} }: RpcMessage): Promise<void> {
  const { name, arguments: args = {} } = params as { readonly name: string; readonly arguments?: object }
  const route = routes.get(name)
  const problem = route === undefined ? 'no such tool' : argumentProblem(route.tool, args)
  if (route === undefined || problem !== null)
    return client.send({ jsonrpc: '2.0', id, error: { code: -32602, message: problem } })
  const relayed = { ...params, name: route.name }
  ask(route.server, 'tools/call', relayed, (answer) => answered(client, id, route, relayed, answer))
}

/** Passes the answer on; what the server wants to know first, the client is asked. */
function answered(client: Peer, id: unknown, route: Route, params: object, answer: RpcMessage): void {
  const result = answer.result as {
    readonly content?: readonly object[]
    readonly resultType?: string
    readonly requestState?: string
    readonly inputRequests?: { readonly [key: string]: { readonly method: string; readonly params?: object } }
  }
  if (answer.error === undefined && result.resultType === 'input_required') {
    const { requestState, inputRequests = {} } = result
    const inputs = Object.entries(inputRequests).map(
      ([key, { method, params: wanted = {} }]) =>
        new Promise<readonly [string, unknown]>((resolve) => {
          ask(client, method, wanted, ({ result }) => resolve([key, result]))
        }),
    )
    void Promise.all(inputs).then((all) => {
      const again = { ...params, requestState, inputResponses: Object.fromEntries(all) }
      ask(route.server, 'tools/call', again, (next) => answered(client, id, route, params, next))
    })
    return
  }
  const size = result?.content?.length ?? 0
  log = `${log.slice(-1000)}${route.name} answered with ${answer.error === undefined ? size : 'an error'}\n`
  client.send({ jsonrpc: '2.0', id, result: answer.result, error: answer.error })
}

async function heardFromClient(client: Peer, message: RpcMessage): Promise<void> {
  const { id, method, params = {} } = message
  const answer = (result: unknown): void => client.send({ jsonrpc: '2.0', id, result })
  if (method === undefined) {
    const waiting = pending[String(id)]
    return waiting === undefined ? askers[String(id)]?.send(message) : waiting(message)
  }
  if (method === 'tools/list') return answer(await listTools())
  if (method === 'resources/list') return answer(await listResources())
  if (method === 'tools/call') return callTool(client, message)
  if (method === 'resources/read') {
    const server = resources.get(params['uri'] as string)
    if (server !== undefined) ask(server, method, params, (read) => client.send({ ...read, id }))
  }
}

for (const [name, server] of Object.entries(config.servers)) {
  servers.push(server.url === undefined ? startServer(name, server) : reachServer(name, server))
}
for (const server of servers) {
  await asked(server, 'initialize', { protocolVersion: '2025-11-25', capabilities: { roots: {} } })
  server.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
}
process.stdin.resume().on('end', () => process.exit())
createServer((socket) => {
  const client: Peer = { name: '', send: (message) => socket.write(`${JSON.stringify(message)}\n`) }
  clients.add(client)
  byLine(socket, (line) => void heardFromClient(client, JSON.parse(line) as RpcMessage))
  socket.on('close', () => clients.delete(client)).on('error', () => {})
}).listen(config.socket)
