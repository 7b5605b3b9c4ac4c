/**
 * One round of a request that needs more input. A stateless server cannot ask; it answers with what it would
 * like to know, and is sent the same request again with the answers. What it wants us to remember meanwhile
 * goes back to it as it came and to nobody else.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { ReverseSelector } from '../../kernel/manifest.ts'
import type { CallUnderWay } from './call-under-way.ts'
import { membersOf } from './json-members.ts'
import {
  answerForServer,
  askArguments,
  refusalWords,
  reverseSelectorOf,
  whyInvalidAsk,
} from './reverse-requests.ts'
import type { AskAnswer } from './session.ts'

/** Bounds on one request. */
export const roundLimits = {
  rounds: 16,
  /** Questions in one round. */
  questions: 64,
  /** Bytes that a server may have us remember. */
  stateBytes: 262_144,
} as const

/** Methods whose answer may ask for more. */
export const askingMethods: readonly string[] = ['tools/call', 'prompts/get', 'resources/read']

interface Question {
  readonly key: string
  readonly method: string
  readonly params: Uint8Array
}

/** What the server wants before it goes on. */
export interface InputRequired {
  readonly questions: readonly Question[]
  readonly state: string | null
}

/** Reads a result that says `input_required`. */
export function readInputRequired(result: Uint8Array, value: JsonObject): Result<InputRequired, string> {
  const { requestState, inputRequests } = value as { readonly [name: string]: Json | undefined }
  if (requestState === undefined && inputRequests === undefined)
    return err('it asks for input without saying which')
  if (requestState !== undefined && typeof requestState !== 'string')
    return err('its request state is not a text')
  const state = requestState ?? null
  if (state !== null && Buffer.byteLength(state) > roundLimits.stateBytes)
    return err('its request state is too large')
  if (inputRequests === undefined) return ok({ questions: [], state })
  if (!isJsonObject(inputRequests)) return err('its questions are not an object')
  const questions = readQuestions(memberBytes(result, 'inputRequests'), inputRequests)
  return questions === null ? err('it asks what no server may ask') : ok({ questions, state })
}

function readQuestions(bytes: Uint8Array | null, value: JsonObject): readonly Question[] | null {
  const entries = Object.entries(value)
  if (bytes === null || entries.length > roundLimits.questions) return null
  const questions: Question[] = []
  for (const [key, request] of entries) {
    const text = memberBytes(bytes, key)
    const method = isJsonObject(request) ? request['method'] : undefined
    if (text === null || typeof method !== 'string' || reverseSelectorOf(method) === null) return null
    const params = memberBytes(text, 'params') ?? Buffer.from('{}')
    if (whyInvalidAsk(method, params) !== null) return null
    questions.push({ key, method, params: askArguments(params) })
  }
  return questions
}

function memberBytes(bytes: Uint8Array, name: string): Uint8Array | null {
  const member = membersOf(bytes)?.get(name)
  return member === undefined ? null : bytes.subarray(member.start, member.end)
}

/**
 * Asks everything at once. The members to add to the request when it is sent again; or, when nothing was
 * answered and something was refused, the words of the first refusal.
 */
export async function answerInputs(
  { questions, state }: InputRequired,
  able: readonly ReverseSelector[],
  call: CallUnderWay,
): Promise<Result<readonly string[], string>> {
  const asked = await Promise.all(questions.map((question) => answerOne(question, able, call)))
  const responses = asked.flatMap((answer) => (answer.ok ? [answer.value] : []))
  const refused = asked.find((answer) => !answer.ok)
  if (responses.length === 0 && refused?.ok === false) return err(refused.error)
  return ok([
    ...(questions.length === 0 ? [] : [`"inputResponses":{${responses.join(',')}}`]),
    ...(state === null ? [] : [`"requestState":${JSON.stringify(state)}`]),
  ])
}

async function answerOne(
  { key, method, params }: Question,
  able: readonly ReverseSelector[],
  call: CallUnderWay,
): Promise<Result<string, string>> {
  const selector = reverseSelectorOf(method)
  if (selector === null || !able.includes(selector)) return err(`${method} was not declared to the server`)
  const answer: AskAnswer = await call.ask(selector, params, undefined, key)
  const served = answerForServer(selector, answer)
  if ('result' in served) return ok(`${JSON.stringify(key)}:${served.result}`)
  return err(answer.kind === 'refused' ? refusalWords(answer) : served.error.message)
}
