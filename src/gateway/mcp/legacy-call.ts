/**
 * One call of a session: what its driver asks goes to the client as requests on the call's own stream, and the
 * client's responses find their way back by ids that are minted here. Nothing that belongs to this call is ever
 * sent anywhere else.
 */
import { randomBytes } from 'node:crypto'
import { bytesToHex } from '../../base/hash.ts'
import type { CallerWishes } from './call-order.ts'
import { progressTokenOf, startCall } from './call-order.ts'
import { CallStream } from './call-stream.ts'
import type { KernelCall } from './kernel-call.ts'
import type { Visit } from './lists.ts'
import type { McpRequest, McpResponse } from './message.ts'
import { notificationMessage } from './message.ts'
import type { Reply, RpcAnswer } from './reply.ts'
import { responseTo } from './reply.ts'
import type { Target } from './targets.ts'

/** A call of a session, from its request to its answer. */
export class LegacyCall {
  readonly #request: McpRequest
  readonly #reply: Reply
  /** Keys of asks by the id of the request that was sent for them. */
  readonly #sent = new Map<string, string>()
  #isWithdrawn = false
  #call: KernelCall | null = null

  constructor(request: McpRequest, reply: Reply) {
    this.#request = request
    this.#reply = reply
  }

  /** The client does not want the answer any more. */
  withdraw(): void {
    this.#isWithdrawn = true
    this.#call?.cancel()
  }

  /** Makes the call and answers the request with what comes of it. */
  async run(visit: Visit, target: Target, wishes: CallerWishes): Promise<RpcAnswer> {
    const call = startCall(visit, this.#request, target, wishes)
    this.#call = call
    const stream = new CallStream(call, this.#reply, progressTokenOf(this.#request))
    call.audience = stream
    const silence = call.onChange(() => this.#ask(call))
    const left = (): void => call.cancel()
    this.#reply.gone.addEventListener('abort', left, { once: true })
    if (this.#reply.gone.aborted || this.#isWithdrawn) call.cancel()
    const answer = await call.answer
    this.#reply.gone.removeEventListener('abort', left)
    silence()
    stream.stop()
    if (this.#isWithdrawn) this.#reply.abandon()
    else this.#reply.finish(responseTo(this.#request, answer))
    return answer
  }

  /** Takes a response of the client; false when it answers nothing of this call. */
  answered({ id, result, error }: McpResponse): boolean {
    const key = typeof id === 'string' ? this.#sent.get(id) : undefined
    if (key === undefined || this.#call === null) return false
    this.#sent.delete(String(id))
    const isTaken = result !== null && this.#call.answerAsk(key, result)
    if (!isTaken)
      this.#call.declineAsk(key, error?.message.slice(0, 512) ?? 'the client’s answer is malformed')
    return true
  }

  /** Sends what is asked and was not sent yet; takes back what is not asked any more. */
  #ask(call: KernelCall): void {
    for (const [requestId, key] of this.#sent) {
      if (call.asks.has(key)) continue
      this.#sent.delete(requestId)
      this.#reply.send(notificationMessage('notifications/cancelled', { requestId }))
    }
    const sent = new Set(this.#sent.values())
    for (const [key, { method, params }] of call.asks) {
      if (sent.has(key)) continue
      if (!this.#reply.canStream) {
        call.declineAsk(key, 'the client takes no event stream')
        continue
      }
      const id = `custos-${bytesToHex(randomBytes(12))}`
      this.#sent.set(id, key)
      this.#reply.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }))
    }
  }
}
