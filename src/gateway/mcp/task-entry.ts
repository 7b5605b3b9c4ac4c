/**
 * One call as a client of the Tasks extension (SEP-2663) sees it. The status is not kept but read off the call
 * whenever somebody asks, so that the two cannot disagree. Only what the protocol wants remembered is: when
 * the task was made and last moved, which inputs were given, and how it ended.
 */
import { parseForeignJson } from '../../base/foreign-json.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { RpcError } from '../../mcp/error-code.ts'
import type { PendingAsk, PendingCall } from './pending-call.ts'
import type { RpcAnswer } from './reply.ts'

/** A status of SEP-2663. The last three are final. */
export type TaskStatus = 'working' | 'input_required' | 'completed' | 'failed' | 'cancelled'

/** How long the outcome of a task is kept after its end, in milliseconds. */
export const taskRetentionMs: number = 15 * 60_000

/** How often a client should ask, in milliseconds: of a call that a person has to decide, less often. */
const pollIntervalMs = { working: 1_000, held: 3_000 } as const

const statusMessageLimit = 500

type Ending =
  | { readonly status: 'completed'; readonly result: string }
  | { readonly status: 'failed'; readonly error: RpcError }
  | { readonly status: 'cancelled'; readonly why: string }

/** A task over a pending call, which it owns from now on. */
export class TaskEntry {
  readonly id: string
  readonly agent: string
  readonly #call: PendingCall
  readonly #now: () => number
  readonly #createdAt: number
  readonly #names = new WeakMap<PendingAsk, string>()
  readonly #usedNames = new Set<string>()
  readonly #listeners = new Set<() => void>()
  #updatedAt: number
  #ending: Ending | null = null
  #cancelled = false

  constructor(id: string, agent: string, call: PendingCall, now: () => number) {
    this.id = id
    this.agent = agent
    this.#call = call
    this.#now = now
    this.#createdAt = now()
    this.#updatedAt = this.#createdAt
    const silence = call.onChange(() => this.#moved())
    const end = (answer: RpcAnswer): void => {
      silence()
      this.#ending = endingOf(answer, this.#cancelled)
      this.#moved()
    }
    void call.answer.then(end)
  }

  get status(): TaskStatus {
    if (this.#ending !== null) return this.#ending.status
    return this.#outstanding().length > 0 ? 'input_required' : 'working'
  }

  /** Names of the inputs it waits for. */
  get inputKeys(): readonly string[] {
    return this.#outstanding().map(({ name }) => name)
  }

  /** When the outcome may be forgotten, or null while there is none. */
  get expiresAt(): number | null {
    return this.#ending === null ? null : this.#updatedAt + taskRetentionMs
  }

  /** Size of the outcome that is kept, in characters. */
  get weight(): number {
    return this.#ending?.status === 'completed' ? this.#ending.result.length : 0
  }

  /** Calls `listener` after every change, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Gives inputs to the requests they answer; names that no outstanding request has are ignored. */
  update(responses: JsonObject): void {
    for (const { key, name } of this.#outstanding()) {
      const response = Object.hasOwn(responses, name) ? responses[name] : undefined
      if (isJsonObject(response)) this.#call.answerAsk(key, response)
    }
  }

  /** Asks the call to stop. It ends as `cancelled` unless it was done before that could happen. */
  cancel(): void {
    if (this.#ending !== null) return
    this.#cancelled = true
    this.#call.cancel()
  }

  /** The `Task` members alone, for a `CreateTaskResult`. */
  seed(): JsonObject {
    const message = this.#message()
    const ttlMs = this.expiresAt === null ? null : this.expiresAt - this.#createdAt
    return {
      taskId: this.id,
      status: this.status,
      ...(message === '' ? {} : { statusMessage: message.slice(0, statusMessageLimit).toWellFormed() }),
      createdAt: new Date(this.#createdAt).toISOString(),
      lastUpdatedAt: new Date(this.#updatedAt).toISOString(),
      ttlMs,
      pollIntervalMs: this.#call.held === null ? pollIntervalMs.working : pollIntervalMs.held,
    }
  }

  /** The `DetailedTask` as JSON text, with `more` before it. A result stands in it with the bytes it came with. */
  detailed(more: JsonObject): string {
    const members: { [name: string]: Json } = { ...more, ...this.seed() }
    if (this.#ending?.status === 'failed') members['error'] = { ...this.#ending.error }
    const outstanding = this.#outstanding()
    const asked = outstanding.map(({ name, ask: { method, params } }) => [name, { method, params }] as const)
    if (asked.length > 0) members['inputRequests'] = Object.fromEntries(asked)
    const text = JSON.stringify(members)
    if (this.#ending?.status !== 'completed') return text
    return `${text.slice(0, -1)},"result":${this.#ending.result}}`
  }

  /**
   * What the call asks now. A name stands for one request as long as the task lives, while a server may use a
   * key again in its next round.
   */
  #outstanding(): readonly { readonly key: string; readonly name: string; readonly ask: PendingAsk }[] {
    if (this.#ending !== null) return []
    return [...this.#call.asks].map(([key, ask]) => {
      const name = this.#names.get(ask) ?? this.#freshName(key)
      this.#names.set(ask, name)
      return { key, name, ask }
    })
  }

  #freshName(key: string): string {
    let name = key
    for (let round = 2; this.#usedNames.has(name); round += 1) name = `${key}-${round}`
    this.#usedNames.add(name)
    return name
  }

  #message(): string {
    if (this.#ending?.status === 'failed') return this.#ending.error.message
    if (this.#ending?.status === 'cancelled') return this.#ending.why
    if (this.#ending !== null) return ''
    if (this.#cancelled) return 'Cancellation was requested.'
    const { held, status } = this.#call
    if (held === null || held.expiresAt <= 0) return status
    return `${status} It waits until ${new Date(held.expiresAt).toISOString()}.`
  }

  #moved(): void {
    this.#updatedAt = Math.max(this.#updatedAt, this.#now())
    for (const listener of this.#listeners) listener()
  }
}

/** A call that was told to stop and did not succeed was cancelled; one that was done before is completed. */
function endingOf(answer: RpcAnswer, cancelled: boolean): Ending {
  if ('error' in answer) {
    if (cancelled) return { status: 'cancelled', why: answer.error.message }
    return { status: 'failed', error: answer.error }
  }
  if (cancelled) {
    const why = errorTextOf(answer.result)
    if (why !== null) return { status: 'cancelled', why }
  }
  return { status: 'completed', result: answer.result }
}

/** What a tool result with `isError` says, or null for any other result. */
function errorTextOf(result: string): string | null {
  const parsed = parseForeignJson(result)
  if (!isJsonObject(parsed) || parsed['isError'] !== true) return null
  const content = parsed['content']
  const texts = Array.isArray(content)
    ? content.map((item: Json) => (isJsonObject(item) ? item['text'] : null))
    : []
  return texts.filter((text) => typeof text === 'string').join(' ') || 'The call was cancelled.'
}
