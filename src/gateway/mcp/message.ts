/**
 * JSON-RPC as MCP sends it, one message at a time. Parsed strictly and bounded; parts of a message that are
 * passed on are cut out of its bytes as they came, never re-serialised, so that the kernel judges what the client
 * wrote. The same codec serves every revision and both transports.
 */
import { spanOf } from '../../mcp/json-span.ts'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { RpcError } from '../../mcp/error-code.ts'
import { errorCodes } from '../../mcp/error-code.ts'

/** What identifies a request among those that are unanswered. */
export type RequestId = string | number

/** Something the client wants an answer to. */
export interface McpRequest {
  readonly kind: 'request'
  readonly id: RequestId
  readonly method: string
  readonly params: JsonObject
  /** The whole message as it came. */
  readonly bytes: Uint8Array
}

/** Something the client tells. */
export interface McpNotification {
  readonly kind: 'notification'
  readonly method: string
  readonly params: JsonObject
}

/** The client's answer to something it was asked. Exactly one of the two is not null. */
export interface McpResponse {
  readonly kind: 'response'
  readonly id: RequestId
  readonly result: JsonObject | null
  readonly error: RpcError | null
}

/** A message that is not one, with what to answer; `id` where it could be read. */
export interface McpProblem {
  readonly kind: 'problem'
  readonly id: RequestId | null
  readonly error: RpcError
}

/** What one text from a client turns out to be. */
export type McpMessage = McpRequest | McpNotification | McpResponse | McpProblem

/** Bytes of one message. */
export const maxMessageBytes = 1_048_576
const limits = { maxBytes: maxMessageBytes, maxDepth: 40, maxValues: 131_072 }
const maxIdLength = 256

/** Reads one message. Batches are refused: each message goes on its own. */
export function readMessage(bytes: Uint8Array): McpMessage {
  const parsed = parseStrictJson(bytes, limits)
  if (!parsed.ok) return problem(null, errorCodes.parse, `Not strict JSON: ${parsed.error.message}.`)
  const message = parsed.value
  if (Array.isArray(message))
    return problem(null, errorCodes.invalidRequest, 'Batches are not served: send each message on its own.')
  if (!isJsonObject(message) || message['jsonrpc'] !== '2.0')
    return problem(null, errorCodes.invalidRequest, 'Not a JSON-RPC 2.0 message.')
  const { id } = message as { readonly id?: unknown }
  if (id !== undefined && !isRequestId(id))
    return problem(null, errorCodes.invalidRequest, 'The id must be a short string or a number.')
  return readMethod(message, id, bytes)
}

function readMethod(message: JsonObject, id: RequestId | undefined, bytes: Uint8Array): McpMessage {
  const { method, params } = message as { readonly method?: unknown; readonly params?: JsonObject }
  if (method === undefined && id !== undefined) return readResponse(message, id)
  if (typeof method !== 'string')
    return problem(id ?? null, errorCodes.invalidRequest, 'A message names its method.')
  if (params !== undefined && !isJsonObject(params))
    return problem(id ?? null, errorCodes.invalidParams, '`params` must be an object.')
  const given = params ?? {}
  if (given['_meta'] !== undefined && !isJsonObject(given['_meta']))
    return problem(id ?? null, errorCodes.invalidParams, '`params._meta` must be an object.')
  return id === undefined
    ? { kind: 'notification', method, params: given }
    : { kind: 'request', id, method, params: given, bytes }
}

function readResponse(message: JsonObject, id: RequestId): McpMessage {
  const { result, error } = message as { readonly result?: JsonObject; readonly error?: JsonObject }
  if (result !== undefined && error === undefined && isJsonObject(result))
    return { kind: 'response', id, result, error: null }
  if (result === undefined && isJsonObject(error)) {
    const { code, message: text } = error as { readonly code?: unknown; readonly message?: unknown }
    if (typeof code === 'number' && typeof text === 'string')
      return { kind: 'response', id, result: null, error: { code, message: text } }
  }
  return problem(null, errorCodes.invalidRequest, 'Neither a request nor a response.')
}

/** True for what may identify a request. */
export function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'number' || (typeof value === 'string' && value.length <= maxIdLength)
}

function problem(id: RequestId | null, code: number, message: string): McpProblem {
  return { kind: 'problem', id, error: { code, message } }
}

/** The bytes of one member of the request's params, as they came, or null when there is no such member. */
export function rawParam({ bytes }: McpRequest, name: string): Uint8Array | null {
  const span = spanOf(bytes, ['params', name])
  return span === null ? null : bytes.subarray(span.start, span.end)
}

/** A member of a request's params that is a text; empty where it is none. */
export function textParam({ params }: { readonly params: JsonObject }, name: string): string {
  const text = params[name]
  return typeof text === 'string' ? text : ''
}

/** The `_meta` of a request's params; empty when it has none. */
export function metaOf({ params }: { readonly params: JsonObject }): JsonObject {
  const meta = params['_meta']
  return isJsonObject(meta) ? meta : {}
}

/** The text of a successful response around a result that is already JSON text. */
export function resultMessage(id: RequestId, result: string): string {
  return `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`
}

/** The text of an error response. Without an `id` when the request's is not known. */
export function errorMessage(id: RequestId | null, error: RpcError): string {
  return JSON.stringify({ jsonrpc: '2.0', ...(id === null ? {} : { id }), error })
}

/** The text of a notification whose params are already JSON text. */
export function notificationMessage(method: string, params: JsonObject): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params })
}
