/**
 * One request of the stateless era that becomes a call. What its driver asks is answered in rounds: the client
 * gets a result that says what is needed, and comes back with the same request. In between the call itself goes
 * on waiting in the kernel; nothing of the driver's own state travels through the client. Where the client knows
 * tasks, a call that takes its time becomes one.
 */
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import type { CallerWishes } from './call-order.ts'
import { progressTokenOf, startCall } from './call-order.ts'
import { CallStream } from './call-stream.ts'
import type { KernelCall } from './kernel-call.ts'
import type { Visit } from './lists.ts'
import type { McpRequest } from './message.ts'
import type { OpenRounds } from './open-rounds.ts'
import type { PendingCall } from './pending-call.ts'
import type { Reply, RpcAnswer } from './reply.ts'
import { failed } from './reply.ts'
import type { RequestStates, StateBinding } from './request-state.ts'
import { requestDigest } from './request-state.ts'
import { tasksNotDeclared } from './task-methods.ts'
import type { TaskTable } from './task-table.ts'
import { graceMs, nextTurn, taskSupportOf } from './task-turn.ts'
import type { Target } from './targets.ts'

/** Where calls wait between requests. One for the whole gateway. */
export interface Waitingroom {
  readonly rounds: OpenRounds
  readonly states: RequestStates
  readonly tasks: TaskTable
}

/** What is asked within this time of each other is asked in one round. */
const gatherMs = 50
const maxResponses = 64

/** Serves one such request. `agent` is the digest of the token that came with it. */
export class ModernCall {
  readonly #room: Waitingroom
  readonly #agent: string
  readonly #request: McpRequest
  readonly #reply: Reply

  constructor(room: Waitingroom, agent: string, request: McpRequest, reply: Reply) {
    this.#room = room
    this.#agent = agent
    this.#request = request
    this.#reply = reply
  }

  /** Makes the call, or goes on with one that waits for this request. */
  async run(visit: Visit, target: Target, wishes: CallerWishes): Promise<RpcAnswer> {
    // Such a tool cannot be called otherwise: its server would refuse, and so it is not asked.
    const mustBeTask = target.tool !== null && taskSupportOf(target.tool.definition) === 'required'
    if (mustBeTask && !wishes.abilities.tasks) return { error: tasksNotDeclared }
    const call = this.#resumed() ?? this.#started(visit, target, wishes)
    if (!('asks' in call)) return call
    const { asks } = call
    const left = (): void => call.cancel()
    this.#reply.gone.addEventListener('abort', left, { once: true })
    if (this.#reply.gone.aborted) call.cancel()
    const stream = new CallStream(call, this.#reply, progressTokenOf(this.#request))
    call.audience = stream
    try {
      const turn = await this.#turn(call, target, wishes)
      if (turn === 'answered') return await call.answer
      const task = turn === 'task' ? this.#room.tasks.create(this.#agent, call) : null
      if (task !== null) return { result: task }
      // No room for another task: the client waits, as one that knows none.
      if (turn === 'task' && (await answeredOrAsked(call)) === 'answered') return await call.answer
      return asks.size === 0 ? await call.answer : this.#nextRound(call)
    } finally {
      this.#reply.gone.removeEventListener('abort', left)
      call.audience = null
      stream.stop()
    }
  }

  #started(visit: Visit, target: Target, wishes: CallerWishes): KernelCall {
    const call = startCall(visit, this.#request, target, wishes)
    // A client may send along what it knows it will be asked.
    const { inputResponses } = this.#request.params as { readonly inputResponses?: JsonObject }
    if (isJsonObject(inputResponses)) call.offer(inputResponses)
    return call
  }

  #resumed(): KernelCall | RpcAnswer | null {
    const { requestState, inputResponses } = this.#request.params as {
      readonly requestState?: unknown
      readonly inputResponses?: JsonObject
    }
    if (requestState === undefined) return null
    const key =
      typeof requestState === 'string' ? this.#room.states.open(requestState, this.#binding()) : null
    const call = key?.ok === true ? this.#room.rounds.take(key.value) : null
    if (call === null)
      return failed(errorCodes.invalidParams, 'This requestState is not valid, or not any more: start again.')
    const responses = Object.entries(isJsonObject(inputResponses) ? inputResponses : {})
    for (const [ask, response] of responses.slice(0, maxResponses))
      if (isJsonObject(response)) call.answerAsk(ask, response)
    return call
  }

  async #turn(
    call: KernelCall,
    { tool }: Target,
    wishes: CallerWishes,
  ): Promise<'answered' | 'asks' | 'task'> {
    const turn =
      wishes.abilities.tasks && tool !== null
        ? await nextTurn(call, graceMs[taskSupportOf(tool.definition)])
        : await answeredOrAsked(call)
    if (turn !== 'asks') return turn
    const settled = await Promise.race([call.answer.then(() => true), pause(gatherMs)])
    if (settled === true) return 'answered'
    return call.asks.size > 0 ? 'asks' : this.#turn(call, { tool } as Target, wishes)
  }

  #nextRound(call: KernelCall): RpcAnswer {
    const key = this.#room.rounds.keep(call, this.#agent)
    if (key === null) {
      call.cancel()
      return failed(errorCodes.internal, 'Too many calls wait for their client.')
    }
    const inputRequests = Object.fromEntries(
      [...call.asks].map(([ask, { method, params }]) => [ask, { method, params }]),
    )
    const requestState = this.#room.states.seal(key, this.#binding())
    return { result: JSON.stringify({ resultType: 'input_required', inputRequests, requestState }) }
  }

  #binding(): StateBinding {
    const { method, params } = this.#request
    return { agent: this.#agent, request: requestDigest(method, params) }
  }
}

/** Resolves when the call has its answer, or asks something. */
async function answeredOrAsked(call: PendingCall): Promise<'answered' | 'asks'> {
  const { promise, resolve } = Promise.withResolvers<'answered' | 'asks'>()
  const look = (): void => {
    if (call.asks.size > 0) resolve('asks')
  }
  const silence = call.onChange(look)
  void call.answer.then(() => resolve('answered'))
  look()
  return promise.finally(silence)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
