/**
 * JSON-RPC 2.0 as MCP uses it. The envelope is read here and nowhere else; the bytes of arguments and results
 * are never written anew, because what was judged must be what is forwarded and what was answered must be what
 * is recorded. What a server writes is not our I-JSON, so it is read as anybody's JSON, and every part is
 * judged by the same span of bytes that is passed on.
 */
import { isUtf8 } from 'node:buffer'
import { parseForeignJson } from '../../base/foreign-json.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Member } from './json-members.ts'
import { membersOf } from './json-members.ts'

/** What a server may send, or why a message is none of it. Bytes are copies without line breaks. */
export type ServerMessage =
  | { readonly kind: 'result'; readonly id: number; readonly result: Uint8Array; readonly value: JsonObject }
  | ServerError
  /** Meant as an answer to `id`, and none. */
  | { readonly kind: 'unusable'; readonly id: number; readonly problem: string }
  | {
      readonly kind: 'request'
      readonly id: number | string
      readonly method: string
      readonly params: Uint8Array
    }
  | { readonly kind: 'notification'; readonly method: string; readonly params: Uint8Array }
  | { readonly kind: 'garbage'; readonly problem: string }

/** An error as a server answered it. */
export interface ServerError {
  readonly kind: 'error'
  readonly id: number
  readonly code: number
  /** For people, bounded. */
  readonly message: string
  /** The error object as it came. */
  readonly error: Uint8Array
  readonly data: Json | undefined
}

/** Deepest nesting of anything a server sends. */
export const maxDepth = 128

const maxErrorMessageLength = 512
const maxIdLength = 256
const noParams: Uint8Array = Buffer.from('{}')

/** Reads one message from a server. Total: anything unreadable is `garbage`. */
export function readServerMessage(message: Uint8Array): ServerMessage {
  if (!isUtf8(message)) return garbage('not UTF-8')
  const members = membersOf(message)
  if (members === null) return garbage('not a JSON object')
  const { id, method } = parseHead(message, members)
  if (method !== undefined) return readCall(message, members, method, id)
  if (typeof id !== 'number' || !Number.isSafeInteger(id)) return garbage('an answer without one of our ids')
  const error = members.get('error')
  return error === undefined
    ? readResult(message, members.get('result'), id)
    : readError(message, error, id, members.has('result'))
}

interface Head {
  readonly id: Json | undefined
  readonly method: Json | undefined
}

function parseHead(message: Uint8Array, members: ReadonlyMap<string, Member>): Head {
  const at = (name: string): Json | undefined => {
    const member = members.get(name)
    return member === undefined || member.depth > 0 ? undefined : parse(bytesOf(message, member))
  }
  return at('jsonrpc') === '2.0'
    ? { id: at('id'), method: at('method') }
    : { id: undefined, method: undefined }
}

function readCall(
  message: Uint8Array,
  members: ReadonlyMap<string, Member>,
  method: Json,
  id: Json | undefined,
): ServerMessage {
  const member = members.get('params')
  if (typeof method !== 'string') return garbage('a method that is not a text')
  if (member !== undefined && member.depth > maxDepth) return garbage('parameters that nest too deeply')
  const params = member === undefined ? noParams : withoutLineBreaks(bytesOf(message, member))
  if (!members.has('id')) return { kind: 'notification', method, params }
  const isUsable = Number.isSafeInteger(id) || (typeof id === 'string' && id.length <= maxIdLength)
  return isUsable
    ? { kind: 'request', id: id as number | string, method, params }
    : garbage('a request with a bad id')
}

function readResult(message: Uint8Array, member: Member | undefined, id: number): ServerMessage {
  if (member === undefined) return { kind: 'unusable', id, problem: 'neither a result nor an error' }
  if (member.depth > maxDepth) return { kind: 'unusable', id, problem: 'a result that nests too deeply' }
  const result = bytesOf(message, member)
  const value = parse(result)
  if (!isJsonObject(value)) return { kind: 'unusable', id, problem: 'a result that is not an object' }
  return { kind: 'result', id, result: withoutLineBreaks(result), value }
}

function readError(message: Uint8Array, member: Member, id: number, hasResult: boolean): ServerMessage {
  if (hasResult) return { kind: 'unusable', id, problem: 'a result and an error at once' }
  if (member.depth > maxDepth) return { kind: 'unusable', id, problem: 'an error that nests too deeply' }
  const error = bytesOf(message, member)
  const value = parse(error)
  if (!isJsonObject(value)) return { kind: 'unusable', id, problem: 'an error that is not an object' }
  const { code, message: text, data } = value as { readonly [name: string]: Json | undefined }
  if (typeof code !== 'number' || !Number.isSafeInteger(code) || typeof text !== 'string')
    return { kind: 'unusable', id, problem: 'an error without code and message' }
  const words = text.toWellFormed().slice(0, maxErrorMessageLength)
  return { kind: 'error', id, code, message: words, error: withoutLineBreaks(error), data }
}

function garbage(problem: string): ServerMessage {
  return { kind: 'garbage', problem }
}

/** Parses bytes as JSON, or gives undefined. For what a server wrote: `membersOf` has bounded its depth. */
export function parse(bytes: Uint8Array): Json | undefined {
  try {
    return parseForeignJson(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString())
  } catch {
    return undefined
  }
}

function bytesOf(message: Uint8Array, { start, end }: Member): Uint8Array {
  return message.subarray(start, end)
}

/**
 * A copy with spaces for the line breaks and tabs that valid JSON has only between its tokens: the same value,
 * and bytes that any transport can carry.
 */
function withoutLineBreaks(bytes: Uint8Array): Uint8Array {
  const copy = bytes.slice()
  if (!copy.includes(0x0a) && !copy.includes(0x0d) && !copy.includes(0x09)) return copy
  for (let at = 0; at < copy.length; at++) if ((copy[at] as number) < 0x20) copy[at] = 0x20
  return copy
}
