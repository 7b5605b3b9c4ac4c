/**
 * What a stateless server tells of its own accord: one long request that names what is wanted. To want more, a
 * larger one is opened, and the smaller is closed once the larger is acknowledged, so that nothing is missed in
 * between. When the server ends it, it is opened again after a pause that grows.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { metaKeys } from '../../mcp/meta.ts'
import type { Answer, Conversation, ServerNotification } from './conversation.ts'
import { maxSubscriptions } from './legacy-session.ts'
import { parse } from './message.ts'
import { modernMeta } from './modern-meta.ts'
import type { ServerList, SessionOwner } from './session.ts'

/** Times of listening. */
export const listeningTimes = { patienceMs: 10_000, firstPauseMs: 1000, longestPauseMs: 60_000 } as const

type Acknowledge = (honoured: Result<ReadonlySet<string>, string>) => void

/** One open `subscriptions/listen`. */
interface Stream {
  readonly id: number
  isAcknowledged: boolean
  readonly acknowledge: Acknowledge
}

/** Hears one server. */
export class Listening {
  readonly #conversation: Conversation
  readonly #owner: SessionOwner
  readonly #flags: JsonObject
  readonly #uris = new Set<string>()
  readonly #streams = new Map<number, Stream>()
  #latest: Stream | null = null
  #opening: Promise<Result<ReadonlySet<string>, string>> | null = null
  #pauseMs: number = listeningTimes.firstPauseMs

  constructor(conversation: Conversation, capabilities: JsonObject, owner: SessionOwner) {
    this.#conversation = conversation
    this.#owner = owner
    this.#flags = flagsOf(capabilities)
  }

  /** Hears of changed lists from now on, if the server declares that it tells of any. */
  start(): void {
    if (Object.keys(this.#flags).length > 0) void this.#open()
  }

  /** Hears of changes of `uri` from now on; an error says why not. */
  async subscribe(uri: string): Promise<Result<null, string>> {
    this.#uris.delete(uri)
    this.#uris.add(uri)
    if (this.#uris.size > maxSubscriptions) this.#forgetOldest()
    // What is being opened right now does not name it yet; whoever comes first afterwards opens for all.
    await this.#opening
    const honoured = await (this.#opening ?? this.#open())
    if (honoured.ok && honoured.value.has(uri)) return ok(null)
    this.#uris.delete(uri)
    return err(honoured.ok ? 'the server does not tell of changes of this resource' : honoured.error)
  }

  /** Hears no more of changes of `uri`: what is open is replaced by less. */
  unsubscribe(uri: string): void {
    if (!this.#uris.delete(uri)) return
    if (this.#uris.size > 0 || Object.keys(this.#flags).length > 0) void this.#open()
    else for (const stream of this.#streams.values()) this.#close(stream)
  }

  /** Takes a notification that came on a stream of this kind; false when it did not. */
  take({ method, params }: ServerNotification, stream: number | null): boolean {
    const value = parse(params)
    const id = subscriptionOf(value)
    const open = id === null ? undefined : this.#streams.get(id)
    if (open === undefined || !isJsonObject(value) || (stream !== null && stream !== id)) return false
    if (method === 'notifications/subscriptions/acknowledged')
      this.#acknowledged(open, value['notifications'])
    else if (open.isAcknowledged) this.#changed(method, value)
    return true
  }

  #changed(method: string, params: JsonObject): void {
    const uri = params['uri']
    if (method === 'notifications/resources/updated' && typeof uri === 'string')
      this.#owner.resourceUpdated(uri)
    if (method === 'notifications/resources/list_changed') this.#owner.resourcesChanged()
    const list = /^notifications\/(?<list>tools|prompts|resources)\/list_changed$/u.exec(method)?.groups?.[
      'list'
    ]
    if (list !== undefined) this.#owner.definitionsChanged(list as ServerList)
  }

  #open(): Promise<Result<ReadonlySet<string>, string>> {
    const { promise, resolve } = Promise.withResolvers<Result<ReadonlySet<string>, string>>()
    const uris = [...this.#uris]
    const wanted = { ...this.#flags, ...(uris.length === 0 ? {} : { resourceSubscriptions: uris }) }
    const timer = setTimeout(
      () => resolve(err('the server did not acknowledge in time')),
      listeningTimes.patienceMs,
    )
    timer.unref()
    const { id, answer } = this.#conversation.request(
      'subscriptions/listen',
      () => `{"notifications":${JSON.stringify(wanted)},${modernMeta()}}`,
    )
    const stream: Stream = { id, isAcknowledged: false, acknowledge: resolve }
    this.#streams.set(id, stream)
    this.#latest = stream
    void answer.then((ended) => this.#ended(stream, ended))
    const opening = promise.finally(() => {
      clearTimeout(timer)
      if (this.#opening === opening) this.#opening = null
    })
    this.#opening = opening
    return opening
  }

  #acknowledged(stream: Stream, notifications: Json | undefined): void {
    if (stream.isAcknowledged) return
    stream.isAcknowledged = true
    this.#pauseMs = listeningTimes.firstPauseMs
    const uris = isJsonObject(notifications) ? notifications['resourceSubscriptions'] : undefined
    stream.acknowledge(ok(new Set(Array.isArray(uris) ? uris.filter((uri) => typeof uri === 'string') : [])))
    for (const older of this.#streams.values()) if (older.id < stream.id) this.#close(older)
  }

  #close(stream: Stream): void {
    this.#streams.delete(stream.id)
    if (this.#conversation.kind === 'stdio')
      this.#conversation.notify('notifications/cancelled', `{"requestId":${stream.id},${modernMeta()}}`)
    this.#conversation.withdraw(stream.id)
  }

  /** The server ended a stream that we did not. */
  #ended(stream: Stream, answer: Answer): void {
    if (!this.#streams.delete(stream.id)) return
    const reason = answer.kind === 'result' ? 'the server ended the subscription' : reasonOf(answer)
    stream.acknowledge(err(reason))
    const isRefused = answer.kind === 'error' && !stream.isAcknowledged
    if (answer.kind === 'lost' || isRefused || this.#latest !== stream) return
    const timer = setTimeout(() => {
      if (this.#conversation.overBecause === null && this.#latest === stream) void this.#open()
    }, this.#pauseMs)
    timer.unref()
    this.#pauseMs = Math.min(this.#pauseMs * 2, listeningTimes.longestPauseMs)
  }

  #forgetOldest(): void {
    for (const oldest of this.#uris) {
      this.#uris.delete(oldest)
      return
    }
  }
}

/** Recorded in the clear, so it holds none of the server's words. */
function reasonOf(answer: Exclude<Answer, { kind: 'result' }>): string {
  return answer.kind === 'error' ? `error ${answer.code}` : answer.reason
}

/** Which lists the server says it tells of. */
function flagsOf(capabilities: JsonObject): JsonObject {
  const tells = (name: string): boolean => {
    const capability = capabilities[name]
    return isJsonObject(capability) && capability['listChanged'] === true
  }
  return {
    ...(tells('tools') ? { toolsListChanged: true } : {}),
    ...(tells('prompts') ? { promptsListChanged: true } : {}),
    ...(tells('resources') ? { resourcesListChanged: true } : {}),
  }
}

function subscriptionOf(params: Json | undefined): number | null {
  const meta = isJsonObject(params) ? params['_meta'] : undefined
  const id = isJsonObject(meta) ? meta[metaKeys.subscriptionId] : undefined
  return typeof id === 'number' ? id : null
}
