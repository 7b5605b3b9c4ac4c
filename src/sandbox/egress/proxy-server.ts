/**
 * The egress proxy of one program: HTTP/1.1 on a unix socket, asked with whole addresses or by CONNECT. It reads
 * strictly, asks the gate, waits as long as that takes without a word, and does what was allowed. It decides nothing
 * but what no grant could mean.
 */
import { chmod, rm } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { denial, deny, denyConnect } from './denial.ts'
import { type EgressLimits, egressLimits } from './egress-limits.ts'
import { fewLookups } from './few-lookups.ts'
import type { EgressGate } from './gate.ts'
import { serveConnect } from './connect-request.ts'
import type { Interceptor } from './interceptor.ts'
import { type Judge, strictJudge } from './judge.ts'
import { type Network, systemNetwork } from './network.ts'
import { newTraffic, type Proxy, type Traffic } from './proxy.ts'
import { serveRequest } from './plain-request.ts'

/** What a proxy is made of. */
export interface EgressOptions {
  /** Absolute path of the socket to listen on; a socket left there is replaced. */
  readonly socket: string
  /** Mode of the socket; default 0600. A program under another user needs 0666, in a folder that is private. */
  readonly mode?: number
  readonly gate: EgressGate
  /** Without one every CONNECT is a tunnel. */
  readonly interceptor?: Interceptor
  readonly network?: Network
  readonly judge?: Judge
  readonly limits?: Partial<EgressLimits>
}

/** A proxy that listens. */
export interface EgressServer {
  /** Ends everything that is under way and removes the socket. Idempotent. */
  close(): Promise<void>
}

/** Begins to serve. Rejects when the socket cannot be listened on. */
export async function serveEgress(options: EgressOptions): Promise<EgressServer> {
  const limits = { ...egressLimits, ...options.limits }
  const server = createServer({
    insecureHTTPParser: false,
    maxHeaderSize: limits.headBytes,
    headersTimeout: limits.headMs,
    // A body may have to wait for a person's decision before it is read on.
    requestTimeout: 0,
    keepAliveTimeout: limits.keepAliveMs,
    connectionsCheckingInterval: Math.min(limits.headMs, 1_000),
    requireHostHeader: true,
  })
  // None may be cut off in silence; the count is checked where it can be answered.
  server.maxHeadersCount = 0
  server.timeout = 0
  server.maxConnections = limits.connections
  const network = options.network ?? systemNetwork
  const lookup = fewLookups(network, limits.lookups)
  const proxy: Proxy = {
    gate: options.gate,
    interceptor: options.interceptor ?? null,
    outside: { judge: options.judge ?? strictJudge(), network, lookup, limits },
    traffic: newTraffic(limits),
    handOver: (socket) => void server.emit('connection', socket),
  }
  listenTo(server, proxy)
  await rm(options.socket, { force: true })
  await new Promise<void>((done, failed) => server.once('error', failed).listen(options.socket, done))
  await chmod(options.socket, options.mode ?? 0o600)
  return { close: () => close(server, proxy.traffic) }
}

function listenTo(server: Server, proxy: Proxy): void {
  const { traffic } = proxy
  server.on('connection', (socket: Duplex) => {
    const gone = new AbortController()
    traffic.sockets.set(socket, gone)
    socket.on('error', () => undefined)
    socket.once('close', () => {
      traffic.sockets.delete(socket)
      gone.abort(new Error('the program went away'))
    })
  })
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    response.on('error', () => undefined)
    request.on('error', () => undefined)
    serveRequest(proxy, request, response).catch(() => deny(response, broken))
  }
  server.on('request', onRequest)
  server.on('checkContinue', onRequest)
  // What it expects is judged with the rest of the head.
  server.on('checkExpectation', onRequest)
  server.on('connect', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    serveConnect(proxy, request, socket, head).catch(() => denyConnect(socket, broken))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy()
    denyConnect(socket, unreadable(error.code ?? ''))
  })
}

const broken = denial(502, 'upstream', 'The proxy could not carry this.', 'Nothing that you can do.')

function unreadable(code: string): ReturnType<typeof denial> {
  if (code === 'HPE_HEADER_OVERFLOW')
    return denial(431, 'limit', 'The headers are too long.', 'Shorter headers.')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT')
    return denial(408, 'limit', 'The request did not come in time.', 'To send it at once.')
  return denial(400, 'bad-request', 'This is not HTTP/1.1 as it is written.', 'One well-formed request.')
}

async function close(server: Server, traffic: Traffic): Promise<void> {
  const closed = new Promise<void>((done) => void server.close(() => done()))
  for (const socket of traffic.sockets.keys()) socket.destroy()
  await closed
}
