/**
 * Requests that a sessionful server makes of us. What the manifest does not declare is refused at once; a
 * question that cannot be attributed to one call is refused too, because it would be put to whoever happens to
 * be there. Roots alone belong to the driver and need no call.
 */
import type { ReverseSelector } from '../../kernel/manifest.ts'
import type { RpcError } from '../../mcp/error-code.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import type { CallUnderWay } from './call-under-way.ts'
import { callLimits, refusedHere } from './call-under-way.ts'
import type { Conversation, ServerRequest } from './conversation.ts'
import { answerForServer, askArguments, reverseSelectorOf, whyInvalidAsk } from './reverse-requests.ts'
import type { AskAnswer, SessionOwner } from './session.ts'

/** Serves one server's requests. */
export class LegacyAsks {
  readonly #conversation: Conversation
  readonly #declared: readonly ReverseSelector[]
  readonly #owner: SessionOwner
  readonly #open = new Map<number | string, AbortController>()

  constructor(conversation: Conversation, declared: readonly ReverseSelector[], owner: SessionOwner) {
    this.#conversation = conversation
    this.#declared = declared
    this.#owner = owner
  }

  /** Serves one request; `call` is the one it belongs to, if there is one. */
  async serve({ id, method, params }: ServerRequest, call: CallUnderWay | null): Promise<void> {
    const selector = reverseSelectorOf(method)
    if (selector === null || !this.#declared.includes(selector)) return this.#conversation.refuse(id)
    if (this.#open.has(id)) return this.#conversation.violation('two requests with one id')
    const wrong = whyInvalidAsk(method, params)
    if (wrong !== null)
      return this.#conversation.refuse(id, { code: errorCodes.invalidParams, message: wrong })
    if (call === null && selector !== 'client/roots') return this.#conversation.refuse(id, unattributed)
    const stop = new AbortController()
    this.#open.set(id, stop)
    const answer = await this.#ask(selector, askArguments(params), call, stop.signal)
    if (!this.#open.delete(id) || stop.signal.aborted) return
    const served = answerForServer(selector, answer)
    if ('result' in served) this.#conversation.reply(id, served.result)
    else this.#conversation.refuse(id, served.error)
  }

  /** The server does not want an answer any more. */
  cancelled(id: number | string): void {
    this.#open.get(id)?.abort()
    this.#open.delete(id)
  }

  #ask(
    selector: ReverseSelector,
    params: Uint8Array,
    call: CallUnderWay | null,
    signal: AbortSignal,
  ): Promise<AskAnswer> {
    // Roots are the driver's, whoever calls; a call that happens to be under way must not end the question.
    if (call !== null && selector !== 'client/roots') return call.ask(selector, params, signal)
    if (this.#open.size > callLimits.asks)
      return Promise.resolve(refusedHere('too many questions wait for an answer'))
    return this.#owner.ask(selector, params, signal)
  }
}

const unattributed: RpcError = {
  code: errorCodes.methodNotFound,
  message: 'refused: the question cannot be attributed to one call',
}
