/**
 * What a program is told when its request is not carried: what, why, and what would have been needed, as JSON that
 * a person can read and a model can act upon. The status says whether asking again later can help.
 */
import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Writable } from 'node:stream'
import type { EgressAnswer } from './gate.ts'

/** A no, with its HTTP status. */
export interface Denial {
  readonly status: number
  /** The kernel's code, or one of the proxy's own: `bad-request`, `limit`, `address`, `upstream`, `unavailable`. */
  readonly code: string
  readonly message: string
  readonly needed: string
  /** Position of the recorded refusal in the ledger, if there is one. */
  readonly seq: number | null
}

/** Refusals that time mends without anybody granting anything. */
const unavailable: ReadonlySet<string> = new Set(['halted', 'driver-unavailable', 'ledger-unavailable'])

/** The denial for an answer of the gate other than having performed. */
export function denialOf(answer: Exclude<EgressAnswer, { kind: 'performed' }>): Denial {
  if (answer.kind === 'unavailable') {
    return denial(503, 'unavailable', answer.reason, 'The gate must be running; nothing was sent.')
  }
  const { code, message, needed, seq } = answer
  const status = unavailable.has(code) ? 503 : code === 'rate-limited' ? 429 : 403
  return { status, code, message, needed, seq }
}

/** A denial that is not recorded by itself. */
export function denial(status: number, code: string, message: string, needed: string): Denial {
  return { status, code, message, needed, seq: null }
}

/** Answers a request with `no`. Does nothing when an answer has begun: then the connection is cut instead. */
export function deny(response: ServerResponse, no: Denial): void {
  if (response.headersSent) return void response.destroy()
  const body = bodyOf(no)
  const last = response.req.complete ? {} : { connection: 'close' }
  response.writeHead(no.status, { ...headers(no, body), ...last })
  response.end(body)
}

/** Answers a CONNECT with `no` and ends its connection. */
export function denyConnect(socket: Writable, no: Denial): void {
  if (socket.destroyed) return
  const body = bodyOf(no)
  const lines = Object.entries(headers(no, body)).map(([name, value]) => `${name}: ${value}\r\n`)
  const status = `HTTP/1.1 ${no.status} ${STATUS_CODES[no.status] ?? 'Refused'}\r\n`
  socket.end(`${status}${lines.join('')}connection: close\r\n\r\n${body}`, () => socket.destroy())
}

function bodyOf({ code, message, needed, seq }: Denial): string {
  return `${JSON.stringify({ error: { code, message, needed, seq } })}\n`
}

function headers(no: Denial, body: string): { readonly [name: string]: string } {
  return {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    'cache-control': 'no-store',
    'x-custos-refusal': no.code.replaceAll(/[^a-z-]/g, ''),
  }
}
