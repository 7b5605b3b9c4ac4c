/**
 * When a call becomes a task. The Tasks extension leaves that to the server; we decide by what the client would
 * otherwise wait for. A call that a person has to decide is a task at once. One that asks the client something
 * first is answered in rounds, without a task. One that just takes long becomes a task after a grace period,
 * which is short for tools that say they are meant to run as tasks.
 */
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { PendingCall } from './pending-call.ts'

/** What a tool's definition says about tasks (`execution.taskSupport` of 2025-11-25). */
export type TaskSupport = 'required' | 'optional' | 'forbidden'

/** How long a call may take before it becomes a task, in milliseconds. */
export const graceMs: { readonly [S in TaskSupport]: number } = {
  required: 250,
  optional: 250,
  forbidden: 3_000,
}

/** Reads it off a definition; a tool that says nothing, or something else, does not expect to be a task. */
export function taskSupportOf(tool: JsonObject): TaskSupport {
  const execution = tool['execution']
  const support = isJsonObject(execution) ? execution['taskSupport'] : undefined
  return support === 'required' || support === 'optional' ? support : 'forbidden'
}

/** What to say next: the answer, what the call asks, or that it is a task now. */
export type Turn = 'answered' | 'asks' | 'task'

/** Resolves as soon as it is known what to say. Between `asks` and the client's retry, call it again. */
export async function nextTurn(call: PendingCall, withinMs: number): Promise<Turn> {
  const { promise, resolve } = Promise.withResolvers<Turn>()
  const look = (): void => {
    if (call.asks.size > 0) resolve('asks')
    else if (call.held !== null) resolve('task')
  }
  const answered = (): void => resolve('answered')
  const timer = setTimeout(() => resolve('task'), withinMs)
  const silence = call.onChange(look)
  call.answer.then(answered, answered)
  look()
  try {
    return await promise
  } finally {
    clearTimeout(timer)
    silence()
  }
}
