/**
 * What a link must see of a message: whether it answers a request, and whether it is an error that came instead
 * of an answer. Everything else about messages is the session's.
 */
import { parseForeignJson } from '../../base/foreign-json.ts'
import { spanOf } from '../../mcp/json-span.ts'
import type { Json } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { RpcError } from '../../mcp/error-code.ts'

const quote = 0x22
const backslash = 0x5c
const space = 0x20

/**
 * The same message on one line: a body may be written over many lines, and what carries it further is framed by
 * lines. Only white space between tokens is touched; a control byte inside a string stays for the parser to refuse.
 */
export function onOneLine(message: Buffer): Buffer {
  if (!message.some((byte) => byte < space)) return message
  const flat = Buffer.from(message)
  let inString = false
  for (let at = 0; at < flat.length; at++) {
    const byte = flat[at] as number
    if (inString && byte === backslash) at++
    else if (byte === quote) inString = !inString
    else if (!inString && (byte === 0x09 || byte === 0x0a || byte === 0x0d)) flat[at] = space
  }
  return flat
}

/** True when the message is a response to request `id`. Looks at the envelope only; the message may be anything. */
export function answers(message: Buffer, id: number): boolean {
  const span = spanOf(message, ['id'])
  if (span === null || message.toString('latin1', span.start, span.end) !== String(id)) return false
  return spanOf(message, ['method']) === null
}

const maxErrorTextLength = 1024

/** The JSON-RPC error in a body that answers `id`, or nobody in particular; null when there is none. */
export function errorIn(body: Buffer, id: number | null): RpcError | null {
  const message = parse(body)
  if (!isJsonObject(message) || !isJsonObject(message['error'])) return null
  const about = message['id'] ?? null
  if (about !== null && about !== id) return null
  const { code, message: text, data } = message['error']
  if (typeof code !== 'number' || !Number.isSafeInteger(code)) return null
  const words = typeof text === 'string' ? text.toWellFormed().slice(0, maxErrorTextLength) : ''
  return data === undefined ? { code, message: words } : { code, message: words, data }
}

function parse(bytes: Buffer): Json | undefined {
  try {
    return parseForeignJson(bytes.toString())
  } catch {
    return undefined
  }
}
