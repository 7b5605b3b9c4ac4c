/**
 * JSON-RPC as MCP sends it, one message a body. Parsed strictly and bounded; the argument bytes of a call are
 * cut out of the message as they came, never re-serialised, so that the kernel judges what the client wrote.
 */
import { spanOf } from '../../base/json-span.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'

/** A request, or a notification when `id` is undefined. */
export interface McpMessage {
  readonly id: string | number | undefined
  readonly method: string
  readonly params: JsonObject
  /** The raw bytes of `params.arguments`; `{}` when there are none. */
  readonly argumentBytes: Uint8Array
}

/** JSON-RPC error codes that are used here. */
export const errorCodes = {
  parse: -32_700,
  invalid: -32_600,
  unknownMethod: -32_601,
  params: -32_602,
  internal: -32_603,
} as const

/** A message that is not one, with what to answer. */
export interface McpProblem {
  readonly code: number
  readonly message: string
}

const noArguments = Buffer.from('{}')
const messageLimits = { maxBytes: 1_048_576, maxDepth: 40, maxValues: 131_072 }

/** Reads one message. Responses and batches are refused: this server asks its clients nothing. */
export function readMessage(bytes: Uint8Array): McpMessage | McpProblem {
  const parsed = parseStrictJson(bytes, messageLimits)
  if (!parsed.ok) return { code: errorCodes.parse, message: `Not strict JSON: ${parsed.error.message}` }
  const message = parsed.value
  if (!isJsonObject(message) || message['jsonrpc'] !== '2.0')
    return { code: errorCodes.invalid, message: 'Not a JSON-RPC 2.0 message.' }
  const { id, method, params } = message as { readonly [name: string]: Json | undefined }
  if (typeof method !== 'string')
    return { code: errorCodes.invalid, message: 'Only requests and notifications are taken.' }
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number')
    return { code: errorCodes.invalid, message: 'Not a request id.' }
  if (params !== undefined && !isJsonObject(params))
    return { code: errorCodes.params, message: '`params` must be an object.' }
  const span = spanOf(bytes, ['params', 'arguments'])
  const argumentBytes = span === null ? noArguments : bytes.subarray(span.start, span.end)
  return { id, method, params: params ?? {}, argumentBytes }
}

/** The bytes of a successful response around a result that is already JSON text. */
export function resultMessage(id: string | number, result: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`
}

/** The text of an error response. `id` is null when the request's is not known. */
export function errorMessage(id: string | number | null, code: number, message: string): string {
  return JSON.stringify({ jsonrpc: '2.0', id, error: { code, message } })
}
