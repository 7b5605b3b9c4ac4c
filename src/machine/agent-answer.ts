/** Answers between the kernel and an attachment: how a call ended, and what a client said to a question. */
import type { JsonObject } from '../base/json.ts'
import type { Event } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import type { Answer } from '../wire/answer.ts'
import type { DriverAnswer } from './departure.ts'
import type { Ending } from './waiter.ts'

/** The header of the reply to a call that was let through. */
export function endingHeader({ seq, call, outcome, reason, comment, form }: Ending): JsonObject {
  return {
    seq,
    call,
    outcome,
    ...(reason === '' ? {} : { reason }),
    ...(comment === '' ? {} : { comment }),
    ...(form === undefined ? {} : { form }),
  }
}

/** What a client answered a question. One that is gone answers nothing, and that too is an answer. */
export function clientAnswer(answer: Answer): DriverAnswer {
  if (answer.kind === 'reply') return { kind: 'answered', outcome: 'done', reason: '', result: answer.body }
  const why = answer.kind === 'refusal' ? `declined: ${answer.refusal.message}` : 'is gone'
  const reason = `the client ${why}`.slice(0, limits.textLength).toWellFormed()
  return { kind: 'answered', outcome: 'failed', reason, result: new Uint8Array(0) }
}

/** What a command about children or timers made, for whoever gave it. */
export function settledHeader(made: Event | undefined): JsonObject {
  if (made?.kind === 'process.spawned') return { process: made.body.process }
  return made?.kind === 'timer.set' ? { timer: made.seq, dueAt: made.body.dueAt } : {}
}
