/**
 * A server without sessions: revision 2026-07-28. Every request says for itself what is spoken and what may be
 * asked back; the server never sends a request of its own.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { ReverseSelector } from '../../kernel/manifest.ts'
import type { Definition } from '../definition.ts'
import { toolOf } from '../definition.ts'
import type { CallRequest } from './call-request.ts'
import { callRequest } from './call-request.ts'
import { callAnswer, failed } from './call-answer.ts'
import { CallUnderWay } from './call-under-way.ts'
import { CallsInFlight } from './calls-in-flight.ts'
import type { Answer, Conversation, Listener, ServerNotification } from './conversation.ts'
import { answerInputs, askingMethods, readInputRequired, roundLimits } from './input-round.ts'
import { listDefinitions, readPage } from './listing.ts'
import { Listening } from './listening.ts'
import { parse } from './message.ts'
import { modernMeta } from './modern-meta.ts'
import { paramHeadersOf, whyInvalidAnnotations } from './param-headers.ts'
import type {
  CallAnswer,
  DriverCall,
  Negotiated,
  PendingCall,
  ResourcePage,
  ServerInfo,
  ServerSession,
  SessionOwner,
} from './session.ts'

/** How long a server that only wants to be asked again is left alone. */
const againAfterMs = 250

/** One server, asked request by request. */
export class ModernSession implements ServerSession, Listener {
  readonly era = 'modern'
  readonly info: ServerInfo
  readonly capabilities: JsonObject
  readonly #conversation: Conversation
  readonly #declared: readonly ReverseSelector[]
  readonly #calls = new CallsInFlight()
  readonly #listening: Listening
  #tools: ReadonlyMap<string, JsonObject> = new Map()

  constructor(
    conversation: Conversation,
    { info, capabilities }: Negotiated,
    declared: readonly ReverseSelector[],
    owner: SessionOwner,
  ) {
    this.info = info
    this.capabilities = capabilities
    this.#conversation = conversation
    this.#declared = declared
    this.#listening = new Listening(conversation, capabilities, owner)
    conversation.listener = this
  }

  async definitions(): Promise<Result<readonly Definition[], string>> {
    const { era, info, capabilities } = this
    const askPage = (method: string, cursor: string | null): Promise<Answer> => this.#page(method, cursor)
    const whyUnusable = this.#conversation.kind === 'http' ? whyInvalidAnnotations : (): null => null
    const listed = await listDefinitions({ era, info, capabilities, askPage, whyUnusable })
    if (listed.ok)
      this.#tools = new Map(listed.value.map(({ selector, definition }) => [selector, definition]))
    return listed
  }

  async resources(cursor: string | null): Promise<Result<ResourcePage, string>> {
    const page = readPage('resources/list', 'resources', await this.#page('resources/list', cursor))
    return page.ok ? { ok: true, value: { resources: page.value.items, next: page.value.next } } : page
  }

  call(call: DriverCall): PendingCall {
    const underWay = new CallUnderWay(call)
    const request = callRequest(call.selector, call.args)
    if (!request.ok) underWay.settle(failed(request.error))
    else if (call.selector === 'resources/subscribe') void this.#subscribe(underWay, request.value)
    else void this.#run(underWay, request.value)
    return { answer: underWay.answer, cancel: () => underWay.withdraw() }
  }

  listen(): void {
    this.#listening.start()
  }

  unsubscribe(uri: string): void {
    this.#listening.unsubscribe(uri)
  }

  /** Servers of this revision may not ask; they need not be answered either. */
  request(): void {
    this.#conversation.violation('a request, which servers of this revision may not send')
  }

  notification(notification: ServerNotification, stream: number | null): void {
    const { method, params } = notification
    if (method === 'notifications/progress') this.#progress(parse(params), stream)
    else if (method === 'notifications/message') this.#callOf(stream)?.log(params)
    else this.#listening.take(notification, stream)
  }

  answeredLate(id: number): void {
    this.#calls.remove(id)
  }

  async #run(underWay: CallUnderWay, request: CallRequest): Promise<void> {
    const able = this.#ableIn(underWay.call)
    let more: readonly string[] = []
    for (let round = 0; round < roundLimits.rounds; round++) {
      const answer = await this.#ask(underWay, request, more, able)
      if (underWay.isOver) return
      const type = answer.kind === 'result' ? answer.value['resultType'] : undefined
      if (answer.kind !== 'result' || type === undefined || type === 'complete')
        return underWay.settle(callAnswer(request.method, answer))
      if (type !== 'input_required' || !askingMethods.includes(request.method))
        return underWay.settle(failed('the server answered with a kind of result that nobody asked for'))
      const required = readInputRequired(answer.result, answer.value)
      if (!required.ok) return underWay.settle(failed(`the server needs input, but ${required.error}`))
      underWay.withdraw = () => underWay.settle(withdrawn)
      if (required.value.questions.length === 0) await pause(againAfterMs * (round + 1))
      const answered = await answerInputs(required.value, able, underWay)
      if (underWay.isOver) return
      if (!answered.ok) return underWay.settle(failed(answered.error))
      more = answered.value
    }
    underWay.settle(failed(`the server wanted input more than ${roundLimits.rounds} times`))
  }

  /** Sends the request once and waits for its answer. */
  async #ask(
    underWay: CallUnderWay,
    { method, name, members }: CallRequest,
    more: readonly string[],
    able: readonly ReverseSelector[],
  ): Promise<Answer> {
    const { progress, log, trace, selector, args } = underWay.call
    const tool = toolOf(selector) === null ? undefined : this.#tools.get(selector)
    const paramHeaders =
      tool === undefined || this.#conversation.kind === 'stdio' ? [] : paramHeadersOf(tool, args)
    const { id, answer } = this.#conversation.request(
      method,
      (id) => {
        const meta = modernMeta({ able, log, trace, progressToken: progress ? id : null })
        return `{${[...members, ...more, meta].join(',')}}`
      },
      { name, paramHeaders },
    )
    this.#calls.add(id, underWay)
    underWay.withdraw = () => this.#withdraw(id, underWay)
    const answered = await answer
    this.#calls.remove(id)
    return answered
  }

  #withdraw(id: number, underWay: CallUnderWay): void {
    if (underWay.isOver || !this.#conversation.awaits(id)) return
    if (this.#conversation.kind === 'stdio')
      this.#conversation.notify('notifications/cancelled', `{"requestId":${id},"reason":"withdrawn"}`)
    this.#conversation.withdraw(id)
    this.#calls.giveUp(id)
    underWay.settle(withdrawn)
  }

  async #subscribe(underWay: CallUnderWay, { name }: CallRequest): Promise<void> {
    underWay.withdraw = () => underWay.settle(withdrawn)
    const subscribed = await this.#listening.subscribe(name ?? '')
    const { overBecause } = this.#conversation
    if (subscribed.ok) underWay.settle({ outcome: 'done', result: Buffer.from('{}') })
    else if (overBecause === null) underWay.settle(failed(subscribed.error))
    else underWay.settle({ outcome: 'lost', reason: overBecause })
  }

  /** What the server is told that may be asked: never more than the manifest declares. */
  #ableIn({ answers }: DriverCall): readonly ReverseSelector[] {
    return this.#declared.filter((selector) => selector === 'client/roots' || answers.includes(selector))
  }

  #page(method: string, cursor: string | null): Promise<Answer> {
    const members = cursor === null ? [] : [`"cursor":${JSON.stringify(cursor)}`]
    return this.#conversation.request(method, () => `{${[...members, modernMeta()].join(',')}}`).answer
  }

  #callOf(stream: number | null): CallUnderWay | null {
    if (this.#conversation.kind === 'stdio') return this.#calls.sole
    return stream === null ? null : this.#calls.get(stream)
  }

  #progress(params: Json | undefined, stream: number | null): void {
    const token = isJsonObject(params) ? params['progressToken'] : undefined
    if (typeof token !== 'number' || (stream !== null && stream !== token)) return
    this.#calls.get(token)?.progress(params)
  }
}

const withdrawn: CallAnswer = failed('cancelled: the server was told, and may have acted before it heard')

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
}
