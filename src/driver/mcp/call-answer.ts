/** From the answer of a server to the answer of a call: what counts as done, and what is said when it is not. */
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Answer } from './conversation.ts'
import type { CallAnswer } from './session.ts'

/** Largest result that travels over the wire in one frame, in bytes. */
export const maxResultBytes = 1_015_808

/** Keys of `_meta` with which the gate says what it decided. */
const gatePrefix = 'custos/'

const nothing = new Uint8Array(0)

/** A failure in words. */
export function failed(reason: string, result: Uint8Array = nothing): CallAnswer {
  return { outcome: 'failed', reason, result, form: null }
}

/** Judges the answer to `method`. */
export function callAnswer(method: string, answer: Answer): CallAnswer {
  switch (answer.kind) {
    case 'lost':
      return { outcome: 'lost', reason: answer.reason }
    case 'failed': {
      // A status below 500 is the server's word that it did not take the request.
      const { sent = false, status = null } = answer.problem ?? {}
      const mayHaveActed = sent && (status === null || status >= 500)
      return mayHaveActed ? { outcome: 'in-doubt', reason: answer.reason } : failed(answer.reason)
    }
    case 'error': {
      // The reason is recorded in the clear. What the server says of it is in the result, which is sealed.
      const reason = `error ${answer.code}`
      if (answer.error.length > maxResultBytes)
        return failed(`${reason}, which is larger than ${maxResultBytes} bytes`)
      return { outcome: 'failed', reason, result: answer.error, form: 'error' }
    }
    case 'result': {
      const { result, value } = answer
      const pretence = pretenceIn(value)
      if (pretence !== null) return failed(`the server answered with ${pretence}`)
      if (result.length > maxResultBytes)
        return failed(`the result of ${result.length} bytes is larger than ${maxResultBytes}`)
      if (method === 'tools/call' && value['isError'] === true)
        return failed('the tool reported an error', result)
      return { outcome: 'done', result }
    }
  }
}

/**
 * What a result pretends to be, or null. A client believes a question, a task or a word of the gate because it
 * comes from the gate; a driver must not get such a thing through it, or it could ask without a capability to ask.
 */
function pretenceIn({ resultType, _meta: meta }: JsonObject): string | null {
  if (resultType !== undefined && resultType !== 'complete') return 'a kind of result that nobody asked for'
  const isOurs = isJsonObject(meta) && Object.keys(meta).some((key) => key.startsWith(gatePrefix))
  return isOurs ? 'what only the gate says' : null
}
