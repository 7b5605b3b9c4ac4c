/**
 * Who asked what on one link. It gives every request of ours a number, finds the request that an answer
 * belongs to, and counts what a server does wrong: it is left when it does so too often. What a message means
 * is the session's business.
 */
import type { RpcError } from '../../mcp/error-code.ts'
import { errorCodes } from '../../mcp/error-code.ts'
import type { LinkOwner, LinkProblem, Outgoing, ServerLink } from './link.ts'
import type { ServerError, ServerMessage } from './message.ts'
import { readServerMessage } from './message.ts'
import { Throttle } from './throttle.ts'

/** Bounds on one server. */
export const conversationLimits = {
  /** Messages that are none, answers to nothing, second answers. */
  violations: 100,
  /** Withdrawn requests whose late answer is no violation. */
  withdrawn: 4096,
} as const

type Result = Extract<ServerMessage, { kind: 'result' }>
/** A request of the server. */
export type ServerRequest = Extract<ServerMessage, { kind: 'request' }>
/** A notification of the server. */
export type ServerNotification = Extract<ServerMessage, { kind: 'notification' }>

/** How a request of ours ended. */
export type Answer =
  | Result
  | ServerError
  /** It got an answer that cannot be used, or provably never reached the server. */
  | { readonly kind: 'failed'; readonly reason: string; readonly problem: LinkProblem | null }
  /** Nobody knows what became of it. */
  | { readonly kind: 'lost'; readonly reason: string }

/** A request of ours under way. */
export interface Asked {
  readonly id: number
  readonly answer: Promise<Answer>
}

/** What a session hears. `stream` is the request of ours that a message came with, or null. */
export interface Listener {
  request(request: ServerRequest, stream: number | null): void
  notification(notification: ServerNotification, stream: number | null): void
  /** A request that was given up has been answered after all. */
  answeredLate(id: number): void
  /** The server let go of the connection of request `id`, which goes on. */
  paused?(id: number): void
}

/** How a request is addressed beside its method. */
export type Addressing = Partial<Pick<Outgoing, 'name' | 'paramHeaders'>>

/** Makes the text of a request's parameters; its number is known only once it is sent. */
export type ParamsOf = (id: number) => string

const encoder = new TextEncoder()

const unaddressed: Outgoing = {
  id: null,
  method: null,
  name: null,
  paramHeaders: [],
  revision: null,
  answers: null,
}

/** One link's conversation. `open` comes before anything is asked. */
export class Conversation implements LinkOwner {
  /** Resolves once with why it is over; everything under way has then ended as lost. */
  readonly over: Promise<string>
  /** Set as soon as one is chosen; it addresses every message. */
  revision: string | null = null
  /** Replaced by the session. Until then a server may ask for nothing but a sign of life. */
  listener: Listener
  readonly #pending = new Map<number, (answer: Answer) => void>()
  readonly #withdrawn = new Set<number>()
  readonly #requests = new Throttle({ burst: 400, perSecond: 200, maxWaiting: 0 })
  readonly #resolveOver: (reason: string) => void
  #link: ServerLink | null = null
  #lastId = 0
  #violations = 0
  #overBecause: string | null = null

  constructor() {
    const { promise, resolve } = Promise.withResolvers<string>()
    this.over = promise
    this.#resolveOver = resolve
    this.listener = { request: ({ id }) => this.refuse(id), notification: () => {}, answeredLate: () => {} }
  }

  /** Joins it to its link. */
  open(link: ServerLink): void {
    this.#link = link
  }

  /** The kind of its link. */
  get kind(): 'stdio' | 'http' {
    return this.#link?.kind ?? 'stdio'
  }

  /** Protocol violations so far. */
  get violations(): number {
    return this.#violations
  }

  /** Why it is over, or null while it is not. */
  get overBecause(): string | null {
    return this.#overBecause
  }

  /** Asks the server. `params` is one JSON text without a line break. */
  request(method: string, params: ParamsOf, addressing: Addressing = {}): Asked {
    const id = ++this.#lastId
    if (this.#overBecause !== null)
      return { id, answer: Promise.resolve({ kind: 'lost', reason: this.#overBecause }) }
    const { promise, resolve } = Promise.withResolvers<Answer>()
    this.#pending.set(id, resolve)
    const message = `{"jsonrpc":"2.0","id":${id},"method":${JSON.stringify(method)},"params":${params(id)}}`
    this.#send(message, { ...addressing, id, method })
    return { id, answer: promise }
  }

  /** Tells the server. `params` is one JSON text without a line break. */
  notify(method: string, params: string): void {
    const message = `{"jsonrpc":"2.0","method":${JSON.stringify(method)},"params":${params}}`
    this.#send(message, { method })
  }

  /** Answers a request of the server. `result` is one JSON object without a line break. */
  reply(id: number | string, result: string): void {
    this.#send(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${result}}`, {})
  }

  /** Answers a request of the server with an error; by default that it may not ask this. */
  refuse(id: number | string, error: RpcError = mayNotAsk): void {
    this.#send(JSON.stringify({ jsonrpc: '2.0', id, error }), {})
  }

  /** True while request `id` has no answer. */
  awaits(id: number): boolean {
    return this.#pending.has(id)
  }

  /** Gives up a request: its late answer is no violation. */
  withdraw(id: number): void {
    if (!this.#pending.delete(id)) return
    this.#withdrawn.add(id)
    if (this.#withdrawn.size > conversationLimits.withdrawn) this.#forgetOldest()
    this.#link?.abandon(id)
  }

  /** Opens the stream of what belongs to no request, where the link has one. */
  openStream(): void {
    if (this.#overBecause === null) this.#link?.openStream?.()
  }

  /** Ends it from this side. Idempotent; the first reason is kept. */
  close(reason: string): void {
    if (this.#link === null) this.ended(reason)
    else this.#link.close(reason)
  }

  /** Counts something a server must not do. */
  violation(problem: string): void {
    if (++this.#violations <= conversationLimits.violations) return
    this.close(`the server broke the protocol too often; the last time it sent ${problem}`)
  }

  received(bytes: Uint8Array, stream: number | null): void {
    if (this.#overBecause !== null) return
    const message = readServerMessage(bytes)
    switch (message.kind) {
      case 'garbage':
        return this.violation(message.problem)
      case 'request':
        return this.#asked(message, stream)
      case 'notification':
        return this.listener.notification(message, stream)
      case 'unusable':
        this.violation(message.problem)
        return this.#answered(message.id, stream, unusable(message.problem))
      case 'result':
      case 'error':
        return this.#answered(message.id, stream, message)
    }
  }

  failed(id: number, problem: LinkProblem): void {
    const settle = this.#pending.get(id)
    this.#pending.delete(id)
    // What a locked door says is not the server's answer, whatever it looks like.
    const error = problem.status === 401 || problem.status === 403 ? null : problem.error
    settle?.(error === null ? { kind: 'failed', reason: problem.reason, problem } : errorOf(id, error))
  }

  paused(id: number): void {
    this.listener.paused?.(id)
  }

  ended(reason: string): void {
    if (this.#overBecause !== null) return
    this.#overBecause = reason
    const left = [...this.#pending.values()]
    this.#pending.clear()
    for (const settle of left) settle({ kind: 'lost', reason })
    this.#resolveOver(reason)
  }

  #forgetOldest(): void {
    for (const oldest of this.#withdrawn) {
      this.#withdrawn.delete(oldest)
      return
    }
  }

  #asked(request: ServerRequest, stream: number | null): void {
    let isHeard = false
    this.#requests.offer('', () => (isHeard = true))
    if (!isHeard) return this.violation('requests without pause')
    if (request.method === 'ping') this.reply(request.id, '{}')
    else this.listener.request(request, stream)
  }

  #answered(id: number, stream: number | null, answer: Answer): void {
    if (stream !== (this.kind === 'http' ? id : null))
      return this.violation('an answer on the stream of another request')
    const settle = this.#pending.get(id)
    this.#pending.delete(id)
    if (settle !== undefined) return settle(answer)
    if (this.#withdrawn.delete(id)) this.listener.answeredLate(id)
    else this.violation('an answer to nothing that was asked')
  }

  #send(message: string, about: Partial<Outgoing>): void {
    if (this.#overBecause === null)
      this.#link?.send(encoder.encode(message), { ...unaddressed, revision: this.revision, ...about })
  }
}

const mayNotAsk: RpcError = {
  code: errorCodes.methodNotFound,
  message: 'refused: the driver holds no such capability',
}

function unusable(problem: string): Answer {
  return { kind: 'failed', reason: `the server answered with ${problem}`, problem: null }
}

function errorOf(id: number, error: RpcError): Answer {
  const { code, message, data } = error
  return {
    kind: 'error',
    id,
    code,
    message: message.toWellFormed().slice(0, 512),
    error: encoder.encode(JSON.stringify(error)),
    data,
  }
}
