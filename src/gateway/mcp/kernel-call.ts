/**
 * One call in the kernel, followed from the gateway: its notices become state that others can watch, and what
 * its driver asks waits here until the client answers. It knows no revision and no transport.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { whyInvalidResult } from '../../mcp/validate.ts'
import type { Answer } from '../../wire/answer.ts'
import type { IncomingRequest, Served } from '../../wire/client.ts'
import type { Attachment } from '../kernel/attachment.ts'
import type { ClientAbilities } from './client-abilities.ts'
import { askMethods, whyUnable } from './client-abilities.ts'
import type { PendingAsk, PendingCall } from './pending-call.ts'
import type { RpcAnswer } from './reply.ts'

/** Whoever is told what happens in the course of a call. */
export interface Audience {
  progress(progress: number, total: number | null, message: string | null): void
  log(level: string, logger: string | null, data: Json): void
  /** The driver's program let go of its own connection until there is more to say. */
  lull(): void
}

/** What is asked of the kernel, and for whom. */
export interface CallOrder {
  readonly attachment: Attachment
  /** Header of the wire request. */
  readonly header: JsonObject
  readonly body: Uint8Array
  readonly abilities: ClientAbilities
  /** Puts the kernel's answer into the client's words. */
  readonly present: (answer: Answer) => RpcAnswer
}

interface OpenAsk extends PendingAsk {
  readonly settle: (served: Served) => void
}

/** Asks that may wait in one call. */
const maxAsks = 64
const maxKeyLength = 128
const askLimits = { maxBytes: 1_048_576, maxDepth: 40, maxValues: 131_072 }

/** A call in the kernel. It starts when it is made. */
export class KernelCall implements PendingCall {
  readonly answer: Promise<RpcAnswer>
  /** Told of progress and log lines; null while no client listens. */
  audience: Audience | null = null
  readonly #abilities: ClientAbilities
  readonly #asks = new Map<string, OpenAsk>()
  readonly #usedKeys = new Set<string>()
  readonly #offered = new Map<string, JsonObject>()
  readonly #listeners = new Set<() => void>()
  readonly #stop = new AbortController()
  #held: PendingCall['held'] = null
  #progress = ''

  constructor(order: CallOrder) {
    this.#abilities = order.abilities
    const answered = order.attachment.request(order.header, order.body, {
      signal: this.#stop.signal,
      onNotice: (header, body) => this.#notice(header, body),
      onRequest: (request) => this.#ask(request),
    })
    this.answer = answered.then((answer) => {
      this.#held = null
      for (const ask of this.#asks.values()) ask.settle(declined('the call is over'))
      this.#changed()
      return order.present(answer)
    })
  }

  get asks(): ReadonlyMap<string, PendingAsk> {
    return this.#asks
  }

  get held(): PendingCall['held'] {
    return this.#held
  }

  get status(): string {
    if (this.#held === null) return this.#progress
    const demands = this.#held.demands.join('; ')
    return `An operator must approve this call${demands === '' ? '' : ` (${demands})`}.`
  }

  /** Results the client sent along before it was asked, by the key an ask may have. Malformed ones are dropped. */
  offer(responses: JsonObject): void {
    for (const [key, response] of Object.entries(responses).slice(0, maxAsks))
      if (isJsonObject(response)) this.#offered.set(key, response)
  }

  answerAsk(key: string, result: JsonObject): boolean {
    const ask = this.#asks.get(key)
    if (ask === undefined || whyInvalidResult(ask.method, result) !== null) return false
    ask.settle({ kind: 'reply', header: {}, body: Buffer.from(JSON.stringify(result)) })
    return true
  }

  /** Answers an ask with a no. */
  declineAsk(key: string, why: string): boolean {
    const ask = this.#asks.get(key)
    ask?.settle(declined(why))
    return ask !== undefined
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  cancel(): void {
    this.#stop.abort()
  }

  #notice(header: JsonObject, body: Uint8Array): void {
    const { event, expiresAt, demands, progress, total, message, level, logger } = header as {
      readonly [name: string]: Json | undefined
    }
    if (event === 'held') {
      const listed = Array.isArray(demands) ? (demands as readonly Json[]) : []
      this.#held = {
        demands: listed.filter((demand) => typeof demand === 'string'),
        expiresAt: typeof expiresAt === 'number' ? expiresAt : 0,
      }
      return this.#changed()
    }
    this.#held = null
    if (event === 'lull') return this.audience?.lull()
    if (event === 'progress' && typeof progress === 'number') {
      const text = typeof message === 'string' ? message : null
      this.#progress = text ?? this.#progress
      this.audience?.progress(progress, typeof total === 'number' ? total : null, text)
      this.#changed()
    } else if (event === 'log' && typeof level === 'string') {
      const data = parseStrictJson(body, askLimits)
      if (data.ok) this.audience?.log(level, typeof logger === 'string' ? logger : null, data.value)
    }
  }

  #ask({ header, body, signal }: IncomingRequest): Promise<Served> {
    this.#held = null
    const { selector, key: wish } = header as { readonly [name: string]: Json | undefined }
    const method = typeof selector === 'string' ? askMethods.get(selector) : undefined
    const parsed = parseStrictJson(body, askLimits)
    if (method === undefined || !parsed.ok || !isJsonObject(parsed.value))
      return Promise.resolve(declined('this cannot be asked of a client'))
    const params = withoutMeta(parsed.value)
    const unable = whyUnable(this.#abilities, method, params)
    if (unable !== null) return Promise.resolve(declined(unable))
    if (this.#asks.size >= maxAsks || signal.aborted)
      return Promise.resolve(declined('too much is asked in one call'))
    return new Promise((resolve) => {
      const key = this.#keyFor(wish)
      const withdraw = (): void => settle(declined('withdrawn'))
      const settle = (served: Served): void => {
        if (!this.#asks.delete(key)) return
        signal.removeEventListener('abort', withdraw)
        resolve(served)
        this.#changed()
      }
      signal.addEventListener('abort', withdraw, { once: true })
      this.#asks.set(key, { method, params, settle })
      const offered = this.#offered.get(key)
      // What was sent along answers one question, and not the next one under its name.
      this.#offered.delete(key)
      if (offered === undefined || !this.answerAsk(key, offered)) this.#changed()
    })
  }

  /** The server's own name for what it asks, where it is free: clients may know it from elsewhere. */
  #keyFor(wish: Json | undefined): string {
    const isFit = typeof wish === 'string' && wish !== '' && wish.length <= maxKeyLength
    const key = isFit && !this.#asks.has(wish) ? wish : `ask-${this.#usedKeys.size + 1}`
    this.#usedKeys.add(key)
    return key
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

function declined(message: string): Served {
  return { kind: 'refusal', refusal: { code: 'declined', message, needed: '', seq: null } }
}

/** What a server attaches for other machinery does not pass. */
function withoutMeta(params: JsonObject): JsonObject {
  const { _meta: _, ...rest } = params
  return rest
}
