/**
 * What servers ask of their clients, by its MCP name and by the selector that a driver must hold for it. What a
 * client is said to be able to do is what the manifest declares and no more; who may be asked, and whether, is
 * for the kernel to decide.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { ReverseSelector } from '../../kernel/manifest.ts'
import type { RpcError } from '../../mcp/error-code.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import { whyInvalidParams } from '../../mcp/validate.ts'
import { membersOf } from './json-members.ts'
import { parse } from './message.ts'
import type { AskAnswer } from './session.ts'

const selectors: ReadonlyMap<string, ReverseSelector> = new Map<string, ReverseSelector>([
  ['roots/list', 'client/roots'],
  ['sampling/createMessage', 'client/sampling'],
  ['elicitation/create', 'client/elicitation'],
])

/** The selector that a request of a server needs, or null when it may ask no such thing. */
export function reverseSelectorOf(method: string): ReverseSelector | null {
  return selectors.get(method) ?? null
}

/** The client capabilities that say exactly this. */
export function clientCapabilities(able: readonly ReverseSelector[]): JsonObject {
  return {
    ...(able.includes('client/roots') ? { roots: {} } : {}),
    ...(able.includes('client/sampling') ? { sampling: {} } : {}),
    ...(able.includes('client/elicitation') ? { elicitation: { form: {}, url: {} } } : {}),
  }
}

/** What is wrong with the parameters of such a request, or null. */
export function whyInvalidAsk(method: string, params: Uint8Array): string | null {
  return whyInvalidParams(method, parse(params))
}

/**
 * What is judged of valid parameters: all of them but `_meta`, which is the protocol's and no argument. Servers
 * put a progress token there, and a capability for certain arguments would refuse every such question.
 */
export function askArguments(params: Uint8Array): Uint8Array {
  const members = membersOf(params)
  if (members?.has('_meta') !== true) return params
  const kept = [...members].flatMap(([name, { start, end }]) =>
    name === '_meta'
      ? []
      : [`${JSON.stringify(name)}:${Buffer.from(params.subarray(start, end)).toString()}`],
  )
  return Buffer.from(`{${kept.join(',')}}`)
}

/**
 * An answer as the server may have it: the result as JSON text, or an error. An operator's no to a question is
 * the answer that MCP has for it; any other no is an error that says what would be needed.
 */
export function answerForServer(
  selector: ReverseSelector,
  answer: AskAnswer,
): { readonly result: string } | { readonly error: RpcError } {
  if (answer.kind === 'answered') {
    const text = resultText(answer.result)
    return text === null
      ? { error: { code: errorCodes.internal, message: 'the answer cannot be used' } }
      : { result: text }
  }
  if (selector === 'client/elicitation' && answer.code === 'approval-denied')
    return { result: '{"action":"decline"}' }
  return { error: { code: errorCodes.methodNotFound, message: refusalWords(answer) } }
}

/** A refusal in words. */
export function refusalWords({ message, needed }: Extract<AskAnswer, { kind: 'refused' }>): string {
  return needed === '' ? message : `${message} Needed: ${needed}`
}

/** Whoever answered is not trusted to have written one JSON object on one line. */
function resultText(bytes: Uint8Array): string | null {
  const parsed = parseStrictJson(bytes)
  const value: Json = parsed.ok ? parsed.value : null
  return isJsonObject(value) ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString() : null
}
