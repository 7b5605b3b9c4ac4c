/**
 * Makes a call of a request: what the kernel is told beside the arguments, and nothing that a client could smuggle
 * past the gate. Of a request's `_meta` only the trace context and the wish for progress and logs have an effect.
 */
import type { JsonObject } from '../../base/json.ts'
import { traceparent } from '../../mcp/meta.ts'
import { presentAnswer } from './call-answer.ts'
import type { ClientAbilities } from './client-abilities.ts'
import { answersOf } from './client-abilities.ts'
import { KernelCall } from './kernel-call.ts'
import type { Visit } from './lists.ts'
import type { McpRequest } from './message.ts'
import { metaOf } from './message.ts'
import type { Target } from './targets.ts'

/** What the client of a call can do, and wants to hear. */
export interface CallerWishes {
  readonly abilities: ClientAbilities
  /** The least level of log lines it wants, or null for none. */
  readonly log: string | null
}

/** What identifies progress to a client, or null when it asked for none. */
export function progressTokenOf(request: McpRequest): string | number | null {
  const { progressToken } = metaOf(request) as { readonly progressToken?: unknown }
  return typeof progressToken === 'string' || typeof progressToken === 'number' ? progressToken : null
}

/** Starts the call. */
export function startCall(
  { agent, era }: Visit,
  request: McpRequest,
  { object, selector, body }: Target,
  { abilities, log }: CallerWishes,
): KernelCall {
  const { traceparent: trace } = metaOf(request) as { readonly traceparent?: unknown }
  const answers = answersOf(abilities)
  const header: JsonObject = {
    op: 'call',
    selector,
    object,
    ...(answers.length === 0 ? {} : { answers }),
    ...(progressTokenOf(request) === null ? {} : { progress: true }),
    ...(log === null ? {} : { log }),
    ...(typeof trace === 'string' && traceparent.test(trace) ? { trace } : {}),
  }
  const { method } = request
  return new KernelCall({
    attachment: agent.attachment,
    header,
    body,
    abilities,
    present: (answer) => presentAnswer(answer, { method, era }),
  })
}

/** The levels of log lines. */
export const logLevels: ReadonlySet<string> = new Set([
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
])
