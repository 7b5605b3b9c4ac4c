/**
 * The tasks of every agent at this gateway. A task id is unguessable and works only for the agent that made the
 * task; to anyone else it is as unknown as one that never was. Tasks live in memory: when the gateway restarts,
 * a held call goes on being held, and the same call made again collects the decision.
 *
 * Everything is bounded, and an agent only ever runs out of its own share. A call that finds no room is no
 * task: it is answered when it is done, as for a client that knows no tasks.
 */
import { randomBytes } from 'node:crypto'
import { toBase64url } from '../../base/base64url.ts'
import type { JsonObject } from '../../base/json.ts'
import type { PendingCall } from './pending-call.ts'
import { TaskEntry } from './task-entry.ts'

/** How many tasks there may be in all and of one agent, and how much of an agent's outcomes is kept, in characters. */
export const taskLimits: { readonly all: number; readonly agent: number; readonly agentWeight: number } = {
  all: 1_024,
  agent: 64,
  agentWeight: 16 * 1_048_576,
}

/** A watch over tasks: which it covers, and how to end it. */
export interface TaskWatch {
  readonly taskIds: readonly string[]
  end(): void
}

/** All tasks. */
export class TaskTable {
  readonly #tasks = new Map<string, TaskEntry>()
  readonly #now: () => number

  /** `now` is in milliseconds. */
  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  /**
   * Makes a task of a pending call and returns the `CreateTaskResult` as JSON text; `tasks/get` answers for it
   * from now on. Null when there is no room: the call is untouched and stays the caller's.
   */
  create(agent: string, call: PendingCall): string | null {
    this.#forgetExpired()
    if (this.#tasks.size >= taskLimits.all || this.#of(agent).length >= taskLimits.agent) return null
    const task = new TaskEntry(toBase64url(randomBytes(24)), agent, call, this.#now)
    this.#tasks.set(task.id, task)
    task.onChange(() => task.weight > 0 && this.#keepWithin(agent))
    return JSON.stringify({ resultType: 'task', ...task.seed() })
  }

  /** The agent's task of that id, or null. */
  find(agent: string, id: string): TaskEntry | null {
    this.#forgetExpired()
    const task = this.#tasks.get(id)
    return task?.agent === agent ? task : null
  }

  /**
   * Calls `notify` with the params of a `notifications/tasks`, as JSON text with `meta` as their `_meta`, whenever
   * one of these tasks changes in a way that shows. Ids that are not the agent's tasks are left out of the watch.
   */
  watch(
    agent: string,
    ids: readonly string[],
    meta: JsonObject,
    notify: (params: string) => void,
  ): TaskWatch {
    const found = [...new Set(ids.slice(0, taskLimits.agent))].flatMap((id) => this.find(agent, id) ?? [])
    const ends = found.map((task) => {
      let shown = shape(task)
      return task.onChange(() => {
        if (shape(task) === shown) return
        shown = shape(task)
        notify(task.detailed({ _meta: meta }))
      })
    })
    return { taskIds: found.map(({ id }) => id), end: () => ends.forEach((end) => end()) }
  }

  /** Cancels and forgets everything of an agent that is gone for good. */
  forget(agent: string): void {
    for (const task of this.#of(agent)) {
      task.cancel()
      this.#tasks.delete(task.id)
    }
  }

  #of(agent: string): readonly TaskEntry[] {
    return [...this.#tasks.values()].filter((task) => task.agent === agent)
  }

  #forgetExpired(): void {
    const now = this.#now()
    for (const task of this.#tasks.values()) {
      if (task.expiresAt !== null && task.expiresAt <= now) this.#tasks.delete(task.id)
    }
  }

  /** Forgets an agent's oldest outcomes when together they are too much. */
  #keepWithin(agent: string): void {
    const ended = this.#of(agent).filter(({ weight }) => weight > 0)
    let total = ended.reduce((sum, { weight }) => sum + weight, 0)
    for (const task of ended) {
      if (total <= taskLimits.agentWeight) return
      total -= task.weight
      this.#tasks.delete(task.id)
    }
  }
}

/** What a client sees of a task but its times, and but the outcome, which comes with the status. */
function shape(task: TaskEntry): string {
  const { lastUpdatedAt: _, ttlMs: __, ...rest } = task.seed()
  return JSON.stringify([rest, task.inputKeys])
}
