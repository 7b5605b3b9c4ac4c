/**
 * The kernel's answer in the words of MCP. What a driver answered is passed on as its own bytes, with what the
 * modern era demands put in front; what was refused becomes a result that a model can act upon, and holds nothing
 * that the agent could not already see.
 */
import { parseForeignJson } from '../../base/foreign-json.ts'
import { spanOf } from '../../mcp/json-span.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import type { Era } from '../../mcp/revision.ts'
import type { Answer, WireRefusal } from '../../wire/answer.ts'
import type { RpcAnswer } from './reply.ts'
import { failed } from './reply.ts'

/** What was called, and in which era its client lives. */
export interface AnswerForm {
  readonly method: string
  readonly era: Era
}

/** The error code of a refusal where there is no result that could carry it: outside JSON-RPC's own range. */
export const refusedCode = 403
/** A code of 2025-11-25, by which a server asks for an address to be opened. */
const urlElicitationRequired = -32_042
/** Codes by which an error is the gate's word, a question, or about the connection that it comes on. */
const notForDrivers: ReadonlySet<number> = new Set([
  refusedCode,
  urlElicitationRequired,
  errorCodes.headerMismatch,
  errorCodes.unsupportedProtocolVersion,
])
/** What the metadata that only the gate may write begin with. */
const gatePrefix = 'custos/'
/** Where a result says what the gate said. */
export const answerKey: string = `${gatePrefix}answer`

/** Puts an answer of the kernel into words. */
export function presentAnswer(answer: Answer, form: AnswerForm): RpcAnswer {
  switch (answer.kind) {
    case 'refusal':
      return refused(answer.refusal, form)
    case 'reply':
      return replied(answer.header, answer.body, form)
    case 'lost':
      return unhappy(
        `The kernel went away; whether the call happened is not known: ${answer.reason}.`,
        {},
        form,
      )
    case 'unsent':
      return unhappy(`The call did not happen: ${answer.reason}.`, {}, form)
  }
}

function replied(header: JsonObject, body: Uint8Array, form: AnswerForm): RpcAnswer {
  const { outcome, reason, comment } = header as { readonly [name: string]: Json | undefined }
  if (header['form'] === 'error') return serverError(body, form)
  if (body[0] !== 0x7b) {
    const why = typeof reason === 'string' ? `: ${reason}` : ''
    return unhappy(`The call ended ${typeof outcome === 'string' ? outcome : 'unclear'}${why}.`, header, form)
  }
  const result = readObject(body)
  if (result === null || (form.era === 'modern' && !isComplete(body, result)) || speaksForUs(result))
    return unhappy('The driver answered with something that is no result.', header, form)
  const said = typeof comment === 'string' && comment !== '' ? comment : null
  const text = said === null ? fitted(body, form) : commented(body, said, header, form)
  return { result: form.era === 'modern' ? completed(body, text, form) : text }
}

/** The result's own text on one line: between tokens, and nowhere else, a line break is a space. */
function fitted(body: Uint8Array, { method, era }: AnswerForm): string {
  const text = Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8')
  if (era === 'legacy' && method === 'tools/call') {
    const structured = spanOf(body, ['structuredContent'])
    // The sessionful revisions know only objects there, and their clients refuse the whole result otherwise.
    if (structured !== null && body[structured.start] !== 0x7b) {
      const { structuredContent: _, ...rest } = parseForeignJson(text) as JsonObject
      return JSON.stringify(rest)
    }
  }
  return text.replaceAll(/[\n\r\t]/gu, ' ')
}

function commented(body: Uint8Array, comment: string, header: JsonObject, form: AnswerForm): string {
  const result = parseForeignJson(fitted(body, form)) as JsonObject
  const { content, _meta } = result as { readonly [name: string]: Json | undefined }
  const words = { type: 'text', text: `An operator approved this call and says: ${comment}` }
  const meta = { ...(isJsonObject(_meta) ? _meta : {}), [answerKey]: { comment, ...placeOf(header) } }
  const blocks = Array.isArray(content) ? [...(content as readonly Json[]), words] : [words]
  return JSON.stringify({
    ...result,
    ...(form.method === 'tools/call' ? { content: blocks } : {}),
    _meta: meta,
  })
}

/**
 * The object in a driver's bytes, or null. An adapter should have seen to it; but what is put into a message
 * unread could end that message and begin another one, which answers for another driver.
 */
function readObject(body: Uint8Array): JsonObject | null {
  try {
    const value = parseForeignJson(Buffer.from(body.buffer, body.byteOffset, body.length).toString('utf8'))
    return isJsonObject(value) ? value : null
  } catch {
    return null
  }
}

/**
 * Anything but a result that is complete would have the client act for the driver, past the gate. It must say so
 * to whoever reads the first of two members of one name, and to whoever reads the last.
 */
function isComplete(body: Uint8Array, { resultType }: JsonObject): boolean {
  const type = spanOf(body, ['resultType'])
  if (type === null) return resultType === undefined
  const first = Buffer.from(body).toString('utf8', type.start, type.end)
  return first === '"complete"' && resultType === 'complete'
}

/** True for a result in which a driver says what only the gate says. */
function speaksForUs({ _meta: meta }: JsonObject): boolean {
  return isJsonObject(meta) && Object.keys(meta).some((key) => key.startsWith(gatePrefix))
}

/** Adds what every result of the modern era says, unless the driver said so itself. */
function completed(body: Uint8Array, text: string, { method }: AnswerForm): string {
  const members: string[] = []
  const lacks = (name: string): boolean => spanOf(body, [name]) === null
  if (lacks('resultType')) members.push('"resultType":"complete"')
  if (method === 'resources/read') {
    if (lacks('ttlMs')) members.push('"ttlMs":0')
    if (lacks('cacheScope')) members.push('"cacheScope":"private"')
  }
  if (members.length === 0) return text
  const rest = text.slice(text.indexOf('{') + 1)
  return `{${members.join(',')}${rest.trimStart().startsWith('}') ? '' : ','}${rest}`
}

/** The server's own error, with the one code that the eras spell differently. */
function serverError(body: Uint8Array, { era }: AnswerForm): RpcAnswer {
  const error = readError(body)
  if (error === null) return failed(errorCodes.internal, 'The driver answered with a malformed error.')
  const { code, message, data } = error
  // A question passes the gate or not at all, and only the gate says that it refused, or what it speaks.
  if (notForDrivers.has(code)) return failed(errorCodes.internal, message)
  const isOldNotFound = era === 'modern' && code === errorCodes.resourceNotFound
  return failed(isOldNotFound ? errorCodes.invalidParams : code, message, data)
}

function readError(body: Uint8Array): { code: number; message: string; data: Json | undefined } | null {
  const { code, message, data } = (readObject(body) ?? {}) as { readonly [name: string]: Json | undefined }
  if (typeof code !== 'number' || typeof message !== 'string') return null
  return { code, message, data }
}

function refused({ code, message, needed, seq }: WireRefusal, form: AnswerForm): RpcAnswer {
  const about = { code, message, needed, seq }
  const text = `Refused (${code}): ${message}${needed === '' ? '' : ` Needed: ${needed}`}`
  return form.method === 'tools/call' ? toolFailure(text, about, form) : failed(refusedCode, text, about)
}

/** No result came, and it was not the gate that said no. */
function unhappy(text: string, header: JsonObject, form: AnswerForm): RpcAnswer {
  const about = { ...placeOf(header), ...('outcome' in header ? { outcome: header['outcome'] } : {}) }
  return form.method === 'tools/call'
    ? toolFailure(text, about, form)
    : failed(errorCodes.internal, text, about)
}

/** A tool result that says what went wrong, for a model to act upon. */
export function toolFailure(text: string, about: JsonObject, { era }: AnswerForm): RpcAnswer {
  const result = {
    ...(era === 'modern' ? { resultType: 'complete' } : {}),
    content: [{ type: 'text', text }],
    isError: true,
    _meta: { [answerKey]: about },
  }
  return { result: JSON.stringify(result) }
}

function placeOf(header: JsonObject): JsonObject {
  const { seq, call } = header as { readonly [name: string]: Json | undefined }
  return { ...(seq === undefined ? {} : { seq }), ...(call === undefined ? {} : { call }) }
}
