/**
 * One agent's way into the kernel: a connection that presents the agent's token, made when it is first needed and
 * made anew when the kernel was restarted. What was in flight when it broke ends honestly, as lost; nothing is
 * sent twice. The kernel verifies the token each time, so a token that was taken back is noticed here at once.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Answer } from '../../wire/answer.ts'
import type { ConnectProblem, RequestOptions, WireClient } from '../../wire/client.ts'
import { connectWire } from '../../wire/client.ts'

/** Why there is no attachment. `refused`: the kernel does not take this token. */
export interface AttachProblem {
  readonly kind: 'refused' | 'unavailable'
  readonly message: string
}

/** What the kernel tells an agent unasked. */
export type KernelEvent =
  /** What the agent holds, or what a driver offers, changed; or it may have, while the kernel was away. */
  | { readonly kind: 'changed' }
  /** A driver says that these lists changed, though nothing in them differs. */
  | { readonly kind: 'announced'; readonly object: number; readonly lists: readonly Json[] }
  | { readonly kind: 'resource-updated'; readonly object: number; readonly uri: string }
  | { readonly kind: 'resources-changed'; readonly object: number }
  /** The kernel does not take the token any more. */
  | { readonly kind: 'ended' }

/** How many requests of the kernel one attachment serves at a time. */
const credit = 256
/** How long after a loss an attachment that somebody listens to is made anew. */
const reattachMs = 1_000

/** An attachment that outlives the kernel. Close it when nobody uses it any more. */
export class Attachment {
  readonly #agentSocket: string
  readonly #token: string
  readonly #listeners = new Set<(event: KernelEvent) => void>()
  #client: WireClient | null = null
  #connecting: Promise<Result<WireClient, AttachProblem>> | null = null
  #wasAttached = false
  #inFlight = 0
  #isClosed = false

  constructor(agentSocket: string, token: string) {
    this.#agentSocket = agentSocket
    this.#token = token
  }

  /** The agent's name, once attached. */
  get name(): string | null {
    const name = this.#client?.welcome['name']
    return typeof name === 'string' ? name : null
  }

  /** Requests that have no answer yet. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** Attaches, if that is not so already. */
  async attach(): Promise<Result<WireClient, AttachProblem>> {
    if (this.#isClosed) return err({ kind: 'unavailable', message: 'the attachment was closed' })
    if (this.#client !== null) return ok(this.#client)
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = null
    })
    return this.#connecting
  }

  /** Asks the kernel. Without an attachment the answer is `unsent`. */
  async request(header: JsonObject, body?: Uint8Array, options?: RequestOptions): Promise<Answer> {
    this.#inFlight += 1
    try {
      const client = await this.attach()
      if (!client.ok) return { kind: 'unsent', reason: client.error.message }
      return await client.value.request(header, body, options)
    } finally {
      this.#inFlight -= 1
    }
  }

  /** Hears what the kernel tells unasked, until the returned function is called. */
  onEvent(listener: (event: KernelEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Leaves for good. */
  close(): void {
    this.#isClosed = true
    this.#client?.close()
    this.#client = null
    this.#listeners.clear()
  }

  async #connect(): Promise<Result<WireClient, AttachProblem>> {
    const connected = await connectWire(
      this.#agentSocket,
      { token: this.#token },
      { credit, onNotice: (header) => this.#notice(header) },
    )
    if (!connected.ok) {
      const problem = problemOf(connected.error)
      if (problem.kind === 'refused' && this.#wasAttached) this.#tell({ kind: 'ended' })
      return err(problem)
    }
    const client = connected.value
    if (this.#isClosed) {
      client.close()
      return err({ kind: 'unavailable', message: 'the attachment was closed' })
    }
    this.#client = client
    void client.closed.then(() => {
      if (this.#client === client) this.#client = null
      this.#reattachLater()
    })
    if (this.#wasAttached) this.#tell({ kind: 'changed' })
    this.#wasAttached = true
    return ok(client)
  }

  /** Whoever listens must go on hearing: comes back by itself until the kernel refuses. */
  #reattachLater(): void {
    if (this.#isClosed || this.#listeners.size === 0 || this.#client !== null) return
    const again = async (): Promise<void> => {
      const attached = await this.attach()
      if (!attached.ok && attached.error.kind === 'unavailable') this.#reattachLater()
    }
    setTimeout(() => void again(), reattachMs).unref()
  }

  #notice(header: JsonObject): void {
    const { event, object, uri, lists } = header as { readonly [name: string]: Json | undefined }
    if (event === 'changed' && lists === undefined) return this.#tell({ kind: 'changed' })
    if (typeof object !== 'number') return
    if (event === 'changed' && Array.isArray(lists)) this.#tell({ kind: 'announced', object, lists })
    if (event === 'resources-changed') this.#tell({ kind: 'resources-changed', object })
    if (event === 'resource-updated' && typeof uri === 'string')
      this.#tell({ kind: 'resource-updated', object, uri })
  }

  #tell(event: KernelEvent): void {
    // A copy: whoever hears of the end may close this.
    const listeners = [...this.#listeners]
    for (const listener of listeners) listener(event)
  }
}

function problemOf({ reason, message }: ConnectProblem): AttachProblem {
  if (reason !== 'turned-away')
    return { kind: 'unavailable', message: 'the kernel is not running or does not answer' }
  // Only what is wrong with the token or its agent is final; everything else may pass.
  const kind = /token|killed/u.test(message) ? 'refused' : 'unavailable'
  return { kind, message: message.replace(/^refused: /u, '') }
}
