/**
 * One thread of a campaign: takes every n-th seed and posts what came of them. The bug, if any, is planted
 * before anything of the system is loaded.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { BugName } from './planted-bugs.ts'
import { plantBug } from './planted-bugs.ts'

/** What a worker is told to do. */
export interface WorkerTask {
  readonly first: number
  readonly step: number
  readonly end: number
  readonly bug: BugName | null
}

/** What a worker posts, every so many seeds. */
export interface WorkerNews {
  readonly seeds: number
  readonly faults: number
  readonly events: number
  readonly violations: readonly { readonly seed: number; readonly violation: string }[]
  readonly sometimes: ReadonlyMap<string, number>
}

const newsEvery = 20

async function work({ first, step, end, bug }: WorkerTask): Promise<void> {
  if (bug !== null) plantBug(bug)
  const { runSeed } = await import('./run-seed.ts')
  let news = { seeds: 0, faults: 0, events: 0 }
  let sometimes = new Map<string, number>()
  for (let seed = first; seed < end; seed += step) {
    const report = await runSeed(seed)
    news.seeds += 1
    news.faults += report.faults
    news.events += report.events
    for (const [name, count] of report.sometimes) sometimes.set(name, (sometimes.get(name) ?? 0) + count)
    const { violation } = report
    if (violation === null && news.seeds < newsEvery && seed + step < end) continue
    const violations = violation === null ? [] : [{ seed, violation }]
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
    parentPort?.postMessage({ ...news, violations, sometimes } satisfies WorkerNews)
    news = { seeds: 0, faults: 0, events: 0 }
    sometimes = new Map()
  }
}

await work(workerData as WorkerTask)
