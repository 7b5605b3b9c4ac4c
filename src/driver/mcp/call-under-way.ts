/**
 * One call while a server works on it: what the server tells and asks goes to its caller, bounded, and nothing
 * does once it is over. Progress of which there is too much is reported by its latest; log messages are
 * dropped and counted.
 */
import type { Json } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { ReverseSelector } from '../../kernel/manifest.ts'
import { isLogLevel, isWanted } from '../../mcp/log-level.ts'
import { membersOf } from './json-members.ts'
import { parse } from './message.ts'
import type { AskAnswer, CallAnswer, DriverCall, LogLine } from './session.ts'
import { Throttle } from './throttle.ts'

/** Bounds on what a server may say in the course of one call. */
export const callLimits = {
  /** Questions that wait for an answer. */
  asks: 64,
  logBytes: 65_536,
  textLength: 1024,
} as const

/** A call that has not ended. */
export class CallUnderWay {
  readonly call: DriverCall
  readonly answer: Promise<CallAnswer>
  /** Set by the session for as long as the server has something that can be withdrawn. */
  withdraw: () => void = () => {}
  readonly #settle: (answer: CallAnswer) => void
  readonly #over = new AbortController()
  readonly #progress = new Throttle({ burst: 20, perSecond: 20, maxWaiting: 1 })
  readonly #logs = new Throttle({ burst: 100, perSecond: 100, maxWaiting: 0 })
  #asks = 0

  constructor(call: DriverCall) {
    const { promise, resolve } = Promise.withResolvers<CallAnswer>()
    this.call = call
    this.answer = promise
    this.#settle = resolve
  }

  get isOver(): boolean {
    return this.#over.signal.aborted
  }

  /** Ends it. What waited to be told is told first; questions are withdrawn. Only the first answer counts. */
  settle(answer: CallAnswer): void {
    if (this.isOver) return
    this.#progress.flush()
    if (this.#logs.dropped > 0) this.call.caller.log(droppedLine(this.#logs.dropped))
    // With a reason of our own: without one the platform makes an exception with a stack, for every call.
    this.#over.abort('the call is over')
    this.#settle(answer)
  }

  /** Passes on parameters of `notifications/progress`; false when they are none. */
  progress(params: Json | undefined): boolean {
    if (!isJsonObject(params)) return false
    const { progress, total, message } = params as { readonly [name: string]: Json | undefined }
    if (typeof progress !== 'number' || !Number.isFinite(progress)) return false
    if (this.isOver || !this.call.progress) return true
    const parts = {
      ...(typeof total === 'number' && Number.isFinite(total) ? { total } : {}),
      ...(typeof message === 'string' ? { message: bounded(message) } : {}),
    }
    this.#progress.offer('', () => this.call.caller.progress({ progress, ...parts }))
    return true
  }

  /** Passes on the bytes of parameters of `notifications/message`; false when they are none. */
  log(params: Uint8Array): boolean {
    const line = readLogLine(params)
    if (line === null) return false
    const { log, caller } = this.call
    if (!this.isOver && log !== null && isWanted(line.level, log))
      this.#logs.offer('', () => caller.log(line))
    return true
  }

  /** Passes on that nothing is to be expected for a while. */
  lull(): void {
    if (!this.isOver) this.call.caller.lull?.()
  }

  /** Passes on a question. It is withdrawn when the call ends, or when `signal` is aborted. */
  async ask(
    selector: ReverseSelector,
    params: Uint8Array,
    signal?: AbortSignal,
    key?: string,
  ): Promise<AskAnswer> {
    if (this.isOver) return refusedHere('the call is over')
    if (this.#asks >= callLimits.asks) return refusedHere(`a call may wait for ${callLimits.asks} answers`)
    this.#asks++
    const until = signal === undefined ? this.#over.signal : AbortSignal.any([this.#over.signal, signal])
    try {
      return await this.call.caller.ask(selector, params, until, key)
    } finally {
      this.#asks--
    }
  }
}

/** A question that never got as far as the kernel. */
export function refusedHere(message: string): AskAnswer {
  return { kind: 'refused', code: 'limit', message: `Refused: ${message}.`, needed: '' }
}

function bounded(text: string): string {
  return text.slice(0, callLimits.textLength).toWellFormed()
}

function readLogLine(params: Uint8Array): LogLine | null {
  const members = membersOf(params)
  const member = members?.get('data')
  const value = parse(params)
  if (member === undefined || !isJsonObject(value)) return null
  const { level, logger } = value as { readonly [name: string]: Json | undefined }
  if (!isLogLevel(level)) return null
  const data = params.subarray(member.start, member.end)
  const isSmall = data.length <= callLimits.logBytes
  return {
    level,
    logger: typeof logger === 'string' ? bounded(logger) : null,
    data: isSmall ? data : Buffer.from(`"a log message of ${data.length} bytes was dropped"`),
  }
}

function droppedLine(count: number): LogLine {
  const data = Buffer.from(`"${count} log messages were dropped: too many came at once"`)
  return { level: 'warning', logger: null, data }
}
