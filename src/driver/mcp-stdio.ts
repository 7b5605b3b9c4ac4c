/**
 * The client side of MCP at message level, over any pair of byte streams: what the adapter needs to serve a
 * driver and nothing else. It declares no capability, so a server may ask nothing of it; roots, sampling and
 * elicitation are refused whatever was declared. It holds no clock and no process: the adapter owns both,
 * and the same code runs against hostile servers and under test.
 *
 * A server that breaks the protocol is counted, and left when it breaks it too often. A deaf one is not this
 * file's business: the kernel's deadlines are.
 */
import type { JsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { ServerMessage } from './mcp-message.ts'
import { LineSplitter } from './line-splitter.ts'
import {
  callLine,
  notificationLine,
  pongLine,
  readServerMessage,
  refusalLine,
  requestLine,
} from './mcp-message.ts'

/** Bounds on one server. */
export const mcpLimits = {
  lineBytes: 4_194_304,
  resultBytes: 1_015_808,
  /** Lines that are no messages, answers to nothing, second answers. */
  violations: 100,
  /** Bytes we wrote that the server has not read. */
  unreadBytes: 33_554_432,
  /** Cancelled requests whose late answer is no violation. */
  withdrawn: 4096,
} as const

/** The legacy revisions spoken, newest first. The first is the one asked for. */
export const mcpRevisions: readonly string[] = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05']

/** How a call ended. `lost` means that the server went away: nobody knows what it did. */
export type CallAnswer =
  | { readonly outcome: 'done'; readonly result: Uint8Array }
  | { readonly outcome: 'failed'; readonly reason: string; readonly result: Uint8Array }
  | { readonly outcome: 'lost'; readonly reason: string }

/** A call under way. */
export interface PendingCall {
  readonly answer: Promise<CallAnswer>
  /** Tells the server to stop and settles at once as failed: the server need not answer any more. */
  cancel(): void
}

/** What a session needs from its owner. Called synchronously; must not throw. */
export interface McpOwner {
  /** Queues bytes for the server and returns how many are still unread by it. */
  write(bytes: Uint8Array): number
  /** The session is over, said once; everything pending has been settled as lost. */
  ended(reason: string): void
  /** The server says that its tools changed. */
  toolsChanged(): void
}

type Answer = Extract<ServerMessage, { kind: 'result' | 'error' }>
type Settle = (answer: Answer | { readonly kind: 'lost'; readonly reason: string }) => void

/** One connection to one server. */
export class McpSession {
  readonly #owner: McpOwner
  readonly #lines: LineSplitter = new LineSplitter(mcpLimits.lineBytes)
  readonly #pending = new Map<number, Settle>()
  readonly #withdrawn = new Set<number>()
  #lastId = 0
  #violations = 0
  #endedBecause: string | null = null

  constructor(owner: McpOwner) {
    this.#owner = owner
  }

  /** Protocol violations so far. */
  get violations(): number {
    return this.#violations
  }

  /** Why the session is over, or null while it is not. */
  get endedBecause(): string | null {
    return this.#endedBecause
  }

  /** Takes bytes the server wrote. */
  receive(chunk: Uint8Array): void {
    if (this.#endedBecause !== null) return
    const whole = this.#lines.push(chunk, (line) => {
      this.#line(line)
      return this.#endedBecause === null
    })
    if (!whole) this.end(`the program wrote a line longer than ${mcpLimits.lineBytes} bytes`)
  }

  /** Ends the session: the transport closed, or the owner gave up. The first reason is kept. */
  end(reason: string): void {
    if (this.#endedBecause !== null) return
    this.#endedBecause = reason
    const waiting = [...this.#pending.values()]
    this.#pending.clear()
    for (const settle of waiting) settle({ kind: 'lost', reason })
    this.#owner.ended(reason)
  }

  /** Sends a request; resolves with its result, or with what went wrong in a sentence. */
  request(method: string, params: JsonObject): Promise<Result<Answer & { kind: 'result' }, string>> {
    const id = ++this.#lastId
    const { promise, resolve } = Promise.withResolvers<Result<Answer & { kind: 'result' }, string>>()
    this.#send(id, requestLine(id, method, params), (answer) => {
      if (answer.kind === 'result') resolve(ok(answer))
      else if (answer.kind === 'lost') resolve(err(answer.reason))
      else resolve(err(`the program answered ${method} with error ${answer.code}: ${answer.message}`))
    })
    return promise
  }

  /** Sends a notification. */
  notify(method: string, params: JsonObject): void {
    this.#write(notificationLine(method, params))
  }

  /**
   * Calls a tool with exactly `argumentBytes`: one JSON text in which no byte is below 0x20 (the kernel made
   * sure). Bytes that could break the line are answered as failed and never sent.
   */
  call(tool: string, argumentBytes: Uint8Array): PendingCall {
    const { promise, resolve } = Promise.withResolvers<CallAnswer>()
    if (argumentBytes.includes(0x0a)) {
      resolve(failed('the arguments hold a line break; nothing was sent'))
      return { answer: promise, cancel: () => {} }
    }
    const id = ++this.#lastId
    this.#send(id, callLine(id, tool, argumentBytes), (answer) => resolve(callAnswer(answer)))
    return {
      answer: promise,
      cancel: () => {
        if (!this.#pending.delete(id)) return
        this.#withdraw(id)
        this.notify('notifications/cancelled', { requestId: id, reason: 'withdrawn' })
        resolve(failed('cancelled: the program was told, and may have acted before it heard'))
      },
    }
  }

  #send(id: number, line: Uint8Array, settle: Settle): void {
    if (this.#endedBecause !== null) return settle({ kind: 'lost', reason: this.#endedBecause })
    this.#pending.set(id, settle)
    this.#write(line)
  }

  #write(bytes: Uint8Array): void {
    if (this.#endedBecause !== null) return
    if (this.#owner.write(bytes) > mcpLimits.unreadBytes) this.end('the program does not read its input')
  }

  #line(line: Uint8Array): void {
    if (isBlank(line)) return
    const message = readServerMessage(line)
    switch (message.kind) {
      case 'garbage':
        return this.#violation(message.problem)
      case 'request':
        return this.#write(message.method === 'ping' ? pongLine(message.id) : refusalLine(message.id))
      case 'notification':
        if (message.method === 'notifications/tools/list_changed') this.#owner.toolsChanged()
        return
      case 'result':
      case 'error':
        return this.#answer(message)
    }
  }

  #answer(answer: Answer): void {
    const settle = this.#pending.get(answer.id)
    if (settle !== undefined) {
      this.#pending.delete(answer.id)
      return settle(answer)
    }
    if (!this.#withdrawn.delete(answer.id)) this.#violation('an answer to nothing that was asked')
  }

  #withdraw(id: number): void {
    this.#withdrawn.add(id)
    if (this.#withdrawn.size <= mcpLimits.withdrawn) return
    for (const oldest of this.#withdrawn) {
      this.#withdrawn.delete(oldest)
      return
    }
  }

  #violation(problem: string): void {
    if (++this.#violations <= mcpLimits.violations) return
    this.end(`the program broke the protocol too often; the last time it wrote ${problem}`)
  }
}

function isBlank(line: Uint8Array): boolean {
  return line.length === 0 || (line.length === 1 && line[0] === 0x0d)
}

function failed(reason: string, result: Uint8Array = new Uint8Array()): CallAnswer {
  return { outcome: 'failed', reason, result }
}

function callAnswer(answer: Parameters<Settle>[0]): CallAnswer {
  if (answer.kind === 'lost') return { outcome: 'lost', reason: answer.reason }
  if (answer.kind === 'error') return failed(`error ${answer.code}: ${answer.message}`)
  if (answer.result.length > mcpLimits.resultBytes) {
    return failed(`the result of ${answer.result.length} bytes is larger than ${mcpLimits.resultBytes}`)
  }
  // A copy: the span lies in a buffer that also holds the rest of what the server wrote.
  const result = answer.result.slice()
  if (answer.value['isError'] === true) return failed('the tool reported an error', result)
  return { outcome: 'done', result }
}
