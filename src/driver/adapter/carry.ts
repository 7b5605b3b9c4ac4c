/**
 * One dispatch, from the kernel's request to the server and back: the call and what the server tells and asks
 * on the way. A call that is lost is never answered: nobody knows what became of it, and the kernel finds that
 * out for itself when the connection goes.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import type { ReverseSelector } from '../../kernel/manifest.ts'
import { isReverse } from '../../kernel/manifest.ts'
import { isLogLevel } from '../../mcp/log-level.ts'
import { traceparent } from '../../mcp/meta.ts'
import type { IncomingRequest, Served } from '../../wire/client.ts'
import type { AskAnswer, Caller, CallAnswer, DriverCall, ServerSession } from '../mcp/session.ts'

/** Puts a question to the kernel. Never rejects. */
export type AskKernel = (
  header: JsonObject & { readonly selector: ReverseSelector },
  params: Uint8Array,
  signal: AbortSignal,
) => Promise<AskAnswer>

/** What a dispatch is carried with. */
export interface Carriage {
  readonly session: ServerSession
  /** Selectors that the driver offers. */
  readonly offered: ReadonlySet<string>
  readonly ask: AskKernel
}

/** Carries one call to the server and its answer back. */
export async function carry({ session, offered, ask }: Carriage, request: IncomingRequest): Promise<Served> {
  const { selector } = request.header
  if (typeof selector !== 'string' || !offered.has(selector))
    return failed('the driver offers no such operation; nothing was sent to it')
  if (request.signal.aborted) return failed('cancelled before anything was sent to the server')
  const call = session.call(driverCall(selector, request, ask))
  request.signal.addEventListener('abort', () => call.cancel(), { once: true })
  return served(await call.answer)
}

function served(answer: CallAnswer): Served | Promise<never> {
  switch (answer.outcome) {
    case 'lost':
      return new Promise<never>(() => {})
    case 'done':
      return { kind: 'reply', header: { outcome: 'done' }, body: answer.result }
    case 'in-doubt':
      return { kind: 'reply', header: { outcome: 'in-doubt', reason: answer.reason } }
    case 'failed':
      return failed(answer.reason, answer.result, answer.form === null ? {} : { form: answer.form })
  }
}

function failed(reason: string, body: Uint8Array = new Uint8Array(), more: JsonObject = {}): Served {
  return { kind: 'reply', header: { outcome: 'failed', reason, ...more }, body }
}

function driverCall(selector: string, request: IncomingRequest, ask: AskKernel): DriverCall {
  const { answers, progress, log, trace } = request.header as { readonly [name: string]: Json | undefined }
  return {
    selector,
    args: request.body,
    answers: Array.isArray(answers) ? answers.filter(isReverseName) : [],
    progress: progress === true,
    log: isLogLevel(log) ? log : null,
    trace: typeof trace === 'string' && traceparent.test(trace) ? trace : null,
    caller: callerOf(request, ask),
  }
}

function isReverseName(value: Json): value is ReverseSelector {
  return typeof value === 'string' && isReverse(value)
}

function callerOf(request: IncomingRequest, ask: AskKernel): Caller {
  const call = request.header['call'] ?? null
  return {
    progress: (progress) => void request.notice({ event: 'progress', ...progress }),
    log({ level, logger, data }) {
      request.notice({ event: 'log', level, ...(logger === null ? {} : { logger }) }, data)
    },
    lull: () => void request.notice({ event: 'lull' }),
    ask: (selector, params, signal, key) =>
      ask({ op: 'ask', selector, call, ...(key === undefined ? {} : { key }) }, params, signal),
  }
}
