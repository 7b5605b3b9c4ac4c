/**
 * JSON-RPC 2.0 as MCP uses it, one message a line. The envelope is read here and nowhere else; the bytes of
 * arguments and results are never rewritten, because what was judged must be what is forwarded and what was
 * answered must be what is recorded. What a server writes is not our I-JSON, so its envelope is read as
 * JSON.parse reads it; a result is judged by the same span of bytes that is passed on.
 */
import { isUtf8 } from 'node:buffer'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { spanOf } from '../base/json-span.ts'

/** What a server may send, or why a line is none of it. */
export type ServerMessage =
  | { readonly kind: 'result'; readonly id: number; readonly result: Uint8Array; readonly value: JsonObject }
  | { readonly kind: 'error'; readonly id: number; readonly code: number; readonly message: string }
  | { readonly kind: 'request'; readonly id: number | string; readonly method: string }
  | { readonly kind: 'notification'; readonly method: string }
  | { readonly kind: 'garbage'; readonly problem: string }

const encoder = new TextEncoder()
const maxErrorMessageLength = 512
const maxIdLength = 256

/** Reads one line from a server. Total: anything unreadable is `garbage`. */
export function readServerMessage(line: Uint8Array): ServerMessage {
  if (!isUtf8(line)) return garbage('not UTF-8')
  const value = parse(line)
  if (value === undefined) return garbage('not JSON')
  if (!isJsonObject(value) || value['jsonrpc'] !== '2.0') return garbage('not a JSON-RPC 2.0 message')
  const id = value['id']
  if (typeof value['method'] === 'string') return readCall(value['method'], id)
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return garbage('an answer without one of our ids')
  const error = value['error']
  if (error !== undefined) return readError(id, error)
  return readResult(line, id)
}

function readCall(method: string, id: Json | undefined): ServerMessage {
  if (id === undefined) return { kind: 'notification', method }
  const usable = Number.isSafeInteger(id) || (typeof id === 'string' && id.length <= maxIdLength)
  return usable ? { kind: 'request', id: id as number | string, method } : garbage('a request with a bad id')
}

function readError(id: number, error: Json): ServerMessage {
  if (!isJsonObject(error)) return garbage('an error that is not an object')
  const code = typeof error['code'] === 'number' ? error['code'] : 0
  const message = typeof error['message'] === 'string' ? error['message'] : ''
  return { kind: 'error', id, code, message: message.toWellFormed().slice(0, maxErrorMessageLength) }
}

function readResult(line: Uint8Array, id: number): ServerMessage {
  const span = spanOf(line, ['result'])
  if (span === null) return garbage('neither result nor error')
  const result = line.subarray(span.start, span.end)
  const value = parse(result)
  if (!isJsonObject(value)) return garbage('a result that is not an object')
  return { kind: 'result', id, result, value }
}

function garbage(problem: string): ServerMessage {
  return { kind: 'garbage', problem }
}

function parse(bytes: Uint8Array): Json | undefined {
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString()) as Json
  } catch {
    return undefined
  }
}

/** A request line. */
export function requestLine(id: number, method: string, params: Json): Uint8Array {
  return encoder.encode(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
}

/** A notification line. */
export function notificationLine(method: string, params: Json): Uint8Array {
  return encoder.encode(`${JSON.stringify({ jsonrpc: '2.0', method, params })}\n`)
}

/** A `tools/call` line that holds exactly `argumentBytes`, which must be one JSON text without a newline. */
export function callLine(id: number, name: string, argumentBytes: Uint8Array): Uint8Array {
  const before = `{"jsonrpc":"2.0","id":${id},"method":"tools/call","params":{"name":${JSON.stringify(name)},"arguments":`
  return Buffer.concat([encoder.encode(before), argumentBytes, encoder.encode('}}\n')])
}

/** The answer to `ping`. */
export function pongLine(id: number | string): Uint8Array {
  return encoder.encode(`${JSON.stringify({ jsonrpc: '2.0', id, result: {} })}\n`)
}

/** The answer to everything else that a server asks of its client. */
export function refusalLine(id: number | string): Uint8Array {
  const error = { code: -32601, message: 'refused: the driver holds no such capability' }
  return encoder.encode(`${JSON.stringify({ jsonrpc: '2.0', id, error })}\n`)
}
