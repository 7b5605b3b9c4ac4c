/**
 * A real proxy between a program's side, which tests write bytes to, and a world outside that is all in memory: the
 * resolver answers from a table, and the connector records every attempt and joins it to a server without a socket.
 * Nothing here can send a packet, whatever a test takes out of the proxy.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type RequestListener, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Duplex, duplexPair } from 'node:stream'
import type { EgressLimits } from '../../../src/sandbox/egress/egress-limits.ts'
import {
  type EgressAnswer,
  type EgressGate,
  type EgressOutcome,
  type EgressRequest,
  plain,
} from '../../../src/sandbox/egress/gate.ts'
import type { Interceptor } from '../../../src/sandbox/egress/interceptor.ts'
import type { Judge } from '../../../src/sandbox/egress/judge.ts'
import { type EgressServer, serveEgress } from '../../../src/sandbox/egress/proxy-server.ts'

/** A public address that names in these tests lead to; nothing is ever sent to it. */
export const publicAddress = '93.184.215.14'

/** What a world is made of. */
export interface WorldOptions {
  /** Addresses by name; a function is called for each look-up. Names that are missing lead to `publicAddress`. */
  readonly names?: { readonly [name: string]: readonly string[] | (() => readonly string[]) }
  /** In place of `names`. */
  readonly lookup?: (name: string) => Promise<readonly string[]>
  /** What answers HTTP outside. Default: 200 and the path. */
  readonly server?: RequestListener
  /** What answers raw connections outside, in place of `server`. */
  readonly outside?: (stream: Duplex, to: string) => void
  /** Default: everything is allowed, as by an open grant that names no address. */
  readonly gate?: Partial<EgressGate>
  readonly judge?: Judge
  readonly interceptor?: Interceptor
  readonly limits?: Partial<EgressLimits>
}

/** A world. Dispose of it at the end. */
export interface EgressWorld extends AsyncDisposable {
  /** `address:port` of every connection that was attempted, in order. */
  readonly dials: string[]
  /** Every name that was looked up. */
  readonly lookups: string[]
  readonly asked: EgressRequest[]
  readonly outcomes: EgressOutcome[]
  /** Path of the proxy's socket. */
  readonly socket: string
  readonly proxy: EgressServer
  /** A connection of the program. */
  dial(): Socket
  /** Sends bytes, latin1, and returns all that came until the proxy closed or fell silent after an answer. */
  exchange(bytes: string): Promise<string>
  /** The status that a CONNECT to `host:port` is answered with; its connection is then given up. */
  tunnel(to: string): Promise<number>
  /** One GET with the whole address, on a connection of its own. */
  get(address: string, headers?: string): Promise<string>
}

/** Builds a world with one proxy in it. */
export async function egressWorld(options: WorldOptions = {}): Promise<EgressWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'custos-egress-'))
  const socket = join(folder, 'egress.sock')
  const dials: string[] = []
  const lookups: string[] = []
  const asked: EgressRequest[] = []
  const outcomes: EgressOutcome[] = []
  const server = createServer(options.server ?? ((request, response) => response.end(request.url)))
  const gate: EgressGate = {
    pins: options.gate?.pins ?? (() => Promise.resolve([])),
    ask(request, perform, gone) {
      asked.push(request)
      const recorded: typeof perform = async (signal, dress) => {
        const outcome = await perform(signal, dress)
        outcomes.push(outcome)
        return outcome
      }
      return (options.gate?.ask ?? allow)(request, recorded, gone)
    },
  }
  const proxy = await serveEgress({
    socket,
    gate,
    network: {
      resolve(name) {
        lookups.push(name)
        if (options.lookup !== undefined) return options.lookup(name)
        const found = options.names?.[name] ?? [publicAddress]
        return Promise.resolve(typeof found === 'function' ? found() : found)
      },
      connect(address, port) {
        dials.push(`${address.text}:${port}`)
        const [near, far] = duplexPair()
        far.on('error', () => undefined)
        if (options.outside === undefined) server.emit('connection', far)
        else options.outside(far, `${address.text}:${port}`)
        return Promise.resolve(near)
      },
    },
    ...(options.judge === undefined ? {} : { judge: options.judge }),
    ...(options.interceptor === undefined ? {} : { interceptor: options.interceptor }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
  const dial = (): Socket => connect(socket).on('error', () => undefined)
  return {
    dials,
    lookups,
    asked,
    outcomes,
    socket,
    proxy,
    dial,
    exchange: (bytes) => exchange(dial(), bytes),
    tunnel: async (to) => {
      const socket = dial()
      socket.once('data', () => setImmediate(() => socket.destroy()))
      return statusOf(await exchange(socket, `CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\n\r\n`))
    },
    get: (address, headers = '') =>
      exchange(
        dial(),
        `GET ${address} HTTP/1.1\r\nHost: ${authorityOf(address)}\r\n${headers}Connection: close\r\n\r\n`,
      ),
    [Symbol.asyncDispose]: () => end(proxy, server, folder),
  }
}

/** A gate that says yes to everything and adds nothing. */
export async function allow(
  _: EgressRequest,
  perform: Parameters<EgressGate['ask']>[1],
): Promise<EgressAnswer> {
  await perform(new AbortController().signal, plain)
  return { kind: 'performed' }
}

/** The status of the first answer in `text` that is not interim; 0 when there is none. */
export function statusOf(text: string): number {
  const statuses = [...text.matchAll(/^HTTP\/1\.1 (?<status>\d{3}) /gm)].map((match) =>
    Number(match.groups?.['status']),
  )
  return statuses.find((status) => status >= 200) ?? 0
}

function authorityOf(address: string): string {
  return /^https?:\/\/(?<authority>[^/?#]*)/i.exec(address)?.groups?.['authority'] ?? 'none'
}

function exchange(socket: Socket, bytes: string): Promise<string> {
  return new Promise((done) => {
    let text = ''
    socket.on('data', (chunk) => (text += chunk.toString('latin1')))
    socket.once('close', () => done(text))
    socket.once('end', () => socket.end())
    socket.write(Buffer.from(bytes, 'latin1'))
  })
}

async function end(proxy: EgressServer, server: Server, folder: string): Promise<void> {
  await proxy.close()
  server.closeAllConnections()
  await rm(folder, { recursive: true, force: true })
}
