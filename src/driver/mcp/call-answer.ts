/** From the answer of a server to the answer of a call: what counts as done, and what is said when it is not. */
import type { Answer } from './conversation.ts'
import type { CallAnswer } from './session.ts'

/** Largest result that travels over the wire in one frame, in bytes. */
export const maxResultBytes = 1_015_808

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
      const mayHaveActed = answer.problem?.sent === true
      return failed(mayHaveActed ? `${answer.reason}; the server may have acted` : answer.reason)
    }
    case 'error': {
      const reason = `error ${answer.code}: ${answer.message}`
      if (answer.error.length > maxResultBytes) return failed(reason)
      return { outcome: 'failed', reason, result: answer.error, form: 'error' }
    }
    case 'result': {
      const { result, value } = answer
      if (result.length > maxResultBytes)
        return failed(`the result of ${result.length} bytes is larger than ${maxResultBytes}`)
      if (method === 'tools/call' && value['isError'] === true)
        return failed('the tool reported an error', result)
      return { outcome: 'done', result }
    }
  }
}
