/**
 * An HTTP server of a test's own, on loopback and a port of the system's choice, and a link owner that keeps what
 * it is told. What a request was answered with is the test's business: it gets Node's own request and response.
 */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import type { LinkOwner, LinkProblem, Outgoing } from '../../src/driver/mcp/link.ts'

/** One request as it arrived. */
export interface Arrived {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What to do with a request. */
export type Respond = (arrived: Arrived, response: ServerResponse, request: IncomingMessage) => void

/** A running server. */
export interface TestServer {
  readonly url: string
  readonly arrived: readonly Arrived[]
  /** Resolves with the first request from now on that fits, if it has not come already. */
  seen(fits: (arrived: Arrived) => boolean): Promise<Arrived>
  close(): Promise<void>
}

/** Starts a server. Its owner must `close` it. */
export async function serveHttp(respond: Respond): Promise<TestServer> {
  const arrived: Arrived[] = []
  let arrival = Promise.withResolvers<void>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    response.on('error', () => {})
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { method = '', url = '', headers } = request
      const one = { method, path: url, headers, body: Buffer.concat(chunks).toString() }
      arrived.push(one)
      arrival.resolve()
      arrival = Promise.withResolvers<void>()
      respond(one, response, request)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    arrived,
    async seen(fits) {
      for (;;) {
        const found = arrived.find((one) => fits(one))
        if (found !== undefined) return found
        await arrival.promise
      }
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Writes a JSON body. */
export function sendJson(response: ServerResponse, value: unknown, status: number = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

/** Begins an event stream. */
export function beginEvents(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
}

/** What a link told its owner, in order. */
export type Told =
  | { readonly kind: 'received'; readonly text: string; readonly stream: number | null }
  | { readonly kind: 'failed'; readonly id: number; readonly problem: LinkProblem }
  | { readonly kind: 'ended'; readonly reason: string }

/** An owner that keeps everything it is told. */
export class TellingOwner implements LinkOwner {
  readonly told: Told[] = []
  /** Requests whose connection the server let go of. */
  readonly pauses: number[] = []
  #news: PromiseWithResolvers<void> = Promise.withResolvers<void>()

  received(message: Uint8Array, stream: number | null): void {
    this.#tell({ kind: 'received', text: Buffer.from(message).toString(), stream })
  }

  failed(id: number, problem: LinkProblem): void {
    this.#tell({ kind: 'failed', id, problem })
  }

  paused(id: number): void {
    this.pauses.push(id)
  }

  ended(reason: string): void {
    this.#tell({ kind: 'ended', reason })
  }

  /** Resolves when `count` things were told. */
  async have(count: number): Promise<readonly Told[]> {
    while (this.told.length < count) await this.#news.promise
    return this.told
  }

  #tell(what: Told): void {
    this.told.push(what)
    this.#news.resolve()
    this.#news = Promise.withResolvers<void>()
  }
}

/** Addressing of a message that says only what a test cares about. */
export function about(some: Partial<Outgoing>): Outgoing {
  return { id: null, method: null, name: null, paramHeaders: [], revision: null, answers: null, ...some }
}

/** The bytes of a request with an id. */
export function requestBytes(id: number, method: string): Buffer {
  return Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, method, params: {} }))
}
