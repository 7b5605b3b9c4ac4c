/**
 * A server that has sessions: revisions up to 2025-11-25. It may ask its client for things, tells whatever it
 * likes whenever it likes, and is told by notifications when a call is given up.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { ReverseSelector } from '../../kernel/manifest.ts'
import type { Definition } from '../definition.ts'
import type { CallRequest } from './call-request.ts'
import { callRequest } from './call-request.ts'
import { callAnswer, failed } from './call-answer.ts'
import { CallUnderWay } from './call-under-way.ts'
import { CallsInFlight } from './calls-in-flight.ts'
import type { Answer, Conversation, Listener, ServerNotification, ServerRequest } from './conversation.ts'
import { LegacyAsks } from './legacy-asks.ts'
import { listDefinitions, readPage } from './listing.ts'
import { parse } from './message.ts'
import type {
  DriverCall,
  Negotiated,
  PendingCall,
  ResourcePage,
  ServerInfo,
  ServerSession,
  SessionOwner,
} from './session.ts'

/** How long a call waits for the server to take note of the log level. */
const levelPatienceMs = 2000
/** Resources that are subscribed to at once; one more unsubscribes the one subscribed to first. */
export const maxSubscriptions = 1024

/** One session with one server. */
export class LegacySession implements ServerSession, Listener {
  readonly era = 'legacy'
  readonly info: ServerInfo
  readonly capabilities: JsonObject
  readonly #conversation: Conversation
  readonly #owner: SessionOwner
  readonly #asks: LegacyAsks
  readonly #calls = new CallsInFlight()
  readonly #subscribed = new Set<string>()
  #level: Promise<void> | null = null

  constructor(
    conversation: Conversation,
    { info, capabilities }: Negotiated,
    declared: readonly ReverseSelector[],
    owner: SessionOwner,
  ) {
    this.info = info
    this.capabilities = capabilities
    this.#conversation = conversation
    this.#owner = owner
    this.#asks = new LegacyAsks(conversation, declared, owner)
    conversation.listener = this
  }

  definitions(): Promise<Result<readonly Definition[], string>> {
    const { era, info, capabilities } = this
    const askPage = (method: string, cursor: string | null): Promise<Answer> => this.#page(method, cursor)
    return listDefinitions({ era, info, capabilities, askPage, whyUnusable: () => null })
  }

  async resources(cursor: string | null): Promise<Result<ResourcePage, string>> {
    const page = readPage('resources/list', 'resources', await this.#page('resources/list', cursor))
    return page.ok ? { ok: true, value: { resources: page.value.items, next: page.value.next } } : page
  }

  call(call: DriverCall): PendingCall {
    const underWay = new CallUnderWay(call)
    const request = callRequest(call.selector, call.args)
    if (request.ok) void this.#run(underWay, request.value)
    else underWay.settle(failed(request.error))
    return { answer: underWay.answer, cancel: () => underWay.withdraw() }
  }

  listen(): void {
    this.#conversation.openStream()
  }

  request(request: ServerRequest, stream: number | null): void {
    void this.#asks.serve(request, this.#callOf(stream))
  }

  notification({ method, params }: ServerNotification, stream: number | null): void {
    switch (method) {
      case 'notifications/progress':
        return this.#progress(parse(params), stream)
      case 'notifications/message':
        return void this.#callOf(stream)?.log(params)
      case 'notifications/cancelled':
        return this.#asksCancelled(parse(params))
      case 'notifications/tools/list_changed':
        return this.#owner.definitionsChanged('tools')
      case 'notifications/prompts/list_changed':
        return this.#owner.definitionsChanged('prompts')
      case 'notifications/resources/list_changed':
        this.#owner.definitionsChanged('resources')
        return this.#owner.resourcesChanged()
      case 'notifications/resources/updated':
        return this.#updated(parse(params))
      default:
        return
    }
  }

  answeredLate(id: number): void {
    this.#calls.remove(id)
  }

  paused(id: number): void {
    this.#calls.get(id)?.lull()
  }

  async #run(underWay: CallUnderWay, request: CallRequest): Promise<void> {
    underWay.withdraw = () => underWay.settle(failed('cancelled before anything was sent to the server'))
    if (underWay.call.log !== null) await this.#hearLogs()
    if (underWay.isOver) return
    const { method, name, members } = request
    const { id, answer } = this.#conversation.request(
      method,
      (id) => `{${[...members, ...metaOf(underWay.call, id)].join(',')}}`,
      { name },
    )
    this.#calls.add(id, underWay)
    underWay.withdraw = () => this.#withdraw(id, underWay)
    const answered = await answer
    this.#calls.remove(id)
    if (method === 'resources/subscribe' && answered.kind === 'result') this.#keepSubscribed(name ?? '')
    underWay.settle(callAnswer(method, answered))
  }

  #withdraw(id: number, underWay: CallUnderWay): void {
    if (underWay.isOver || !this.#conversation.awaits(id)) return
    this.#conversation.notify('notifications/cancelled', `{"requestId":${id},"reason":"withdrawn"}`)
    this.#conversation.withdraw(id)
    this.#calls.giveUp(id)
    underWay.settle(failed('cancelled: the server was told, and may have acted before it heard'))
  }

  #page(method: string, cursor: string | null): Promise<Answer> {
    const params = cursor === null ? '{}' : JSON.stringify({ cursor })
    return this.#conversation.request(method, () => params).answer
  }

  /** The call that a message belongs to which names none: its stream's, or on a stream of no request the only one. */
  #callOf(stream: number | null): CallUnderWay | null {
    return stream === null ? this.#calls.sole : this.#calls.get(stream)
  }

  #progress(params: Json | undefined, stream: number | null): void {
    const token = isJsonObject(params) ? params['progressToken'] : undefined
    if (typeof token !== 'number' || (stream !== null && stream !== token)) return
    this.#calls.get(token)?.progress(params)
  }

  #asksCancelled(params: Json | undefined): void {
    const id = isJsonObject(params) ? params['requestId'] : undefined
    if (typeof id === 'number' || typeof id === 'string') this.#asks.cancelled(id)
  }

  #updated(params: Json | undefined): void {
    const uri = isJsonObject(params) ? params['uri'] : undefined
    if (typeof uri === 'string' && this.#subscribed.size > 0) this.#owner.resourceUpdated(uri)
  }

  /** Everything is asked for once; who wants how much of it is judged here. */
  #hearLogs(): Promise<void> {
    if (this.capabilities['logging'] === undefined) return Promise.resolve()
    this.#level ??= this.#setLevel()
    return this.#level
  }

  #setLevel(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, levelPatienceMs)
    const { answer } = this.#conversation.request('logging/setLevel', () => '{"level":"debug"}')
    void answer.then(() => {
      clearTimeout(timer)
      resolve()
    })
    return promise
  }

  unsubscribe(uri: string): void {
    if (this.#subscribed.delete(uri)) this.#unsubscribe(uri)
  }

  #unsubscribe(uri: string): void {
    void this.#conversation.request('resources/unsubscribe', () => JSON.stringify({ uri }))
  }

  #keepSubscribed(uri: string): void {
    this.#subscribed.delete(uri)
    this.#subscribed.add(uri)
    if (this.#subscribed.size <= maxSubscriptions) return
    for (const oldest of this.#subscribed) {
      this.#subscribed.delete(oldest)
      this.#unsubscribe(oldest)
      return
    }
  }
}

/** Our own metadata: nothing of what an agent wrote. */
function metaOf({ progress, trace }: DriverCall, id: number): readonly string[] {
  const meta = {
    ...(progress ? { progressToken: id } : {}),
    ...(trace === null ? {} : { traceparent: trace }),
  }
  return Object.keys(meta).length === 0 ? [] : [`"_meta":${JSON.stringify(meta)}`]
}
