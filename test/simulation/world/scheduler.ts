/**
 * Time as the simulation knows it: one heap of tasks ordered by virtual time and then by insertion, and the
 * microtasks of each turn, which all run before time can pass. Nothing else makes anything happen.
 */

interface Task {
  readonly at: number
  readonly order: number
  readonly run: () => void
}

/** Runs tasks in order of virtual time, in milliseconds from the start of the seed. */
export class Scheduler {
  #now = 0
  #order = 0
  readonly #heap: Task[] = []
  #microtasks: (() => void)[] = []

  get now(): number {
    return this.#now
  }

  get isEmpty(): boolean {
    return this.#heap.length === 0
  }

  /** Runs `run` after `delayMs`, in a turn of its own. */
  after(delayMs: number, run: () => void): void {
    this.#order += 1
    const task = { at: this.#now + delayMs, order: this.#order, run }
    const heap = this.#heap
    let at = heap.push(task) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      if (!isBefore(task, heap[above] as Task)) break
      heap[at] = heap[above] as Task
      at = above
    }
    heap[at] = task
  }

  /** Runs `run` at the end of the present turn. What `queueMicrotask` is in a simulated world. */
  microtask(run: () => void): void {
    this.#microtasks.push(run)
  }

  /** Runs the next task and everything that its turn brings about. False when there is none. */
  step(): boolean {
    const task = this.#take()
    if (task === undefined) return false
    this.#now = task.at
    task.run()
    this.drain()
    return true
  }

  /** Ends the present turn. */
  drain(): void {
    while (this.#microtasks.length > 0) {
      const batch = this.#microtasks
      this.#microtasks = []
      for (const run of batch) run()
    }
  }

  #take(): Task | undefined {
    const heap = this.#heap
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if (below + 1 < heap.length && isBefore(heap[below + 1] as Task, heap[below] as Task)) below += 1
      if (!isBefore(heap[below] as Task, last)) break
      heap[at] = heap[below] as Task
      at = below
    }
    heap[at] = last
    return first
  }
}

function isBefore(left: Task, right: Task): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order)
}
