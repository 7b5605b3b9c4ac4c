/**
 * One thread of a campaign: asks for a range of seeds, lives through them in order, posts what came of it, and asks
 * again. The bug, if any, is planted before anything of the system is loaded.
 */
import { createHash } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import type { BugName } from './planted-bugs.ts'
import { plantBug } from './planted-bugs.ts'

/** What a worker is told first. */
export interface WorkerTask {
  readonly bug: BugName | null
}

/** Seeds in a row. */
export interface SeedRange {
  readonly first: number
  readonly seeds: number
}

/** What came of a range. */
export interface RangeReport extends SeedRange {
  /** Faults that the worlds injected. */
  readonly faults: number
  readonly events: number
  readonly violations: readonly FoundViolation[]
  readonly sometimes: { readonly [name: string]: number }
  /** SHA-256 in hex over every seed and the digest of its trace, in order. */
  readonly hash: string
}

/** A seed that found something. */
export interface FoundViolation {
  readonly seed: number
  readonly violation: string
}

/** What a worker posts: a violation at once, and a report when the range is done. Null asks for a first range. */
export type WorkerNews =
  | { readonly found: FoundViolation; readonly soFar: Pick<RangeReport, 'seeds' | 'faults' | 'events'> }
  | { readonly report: RangeReport | null }

async function run(
  { first, seeds }: SeedRange,
  runSeed: (typeof import('./run-seed.ts'))['runSeed'],
): Promise<RangeReport> {
  const sum = { faults: 0, events: 0 }
  const violations: FoundViolation[] = []
  const sometimes = new Map<string, number>()
  const hash = createHash('sha256')
  for (let seed = first; seed < first + seeds; seed += 1) {
    const report = await runSeed(seed)
    sum.faults += report.faults
    sum.events += report.events
    for (const [name, count] of report.sometimes) sometimes.set(name, (sometimes.get(name) ?? 0) + count)
    hash.update(`${seed} ${report.digest}\n`)
    if (report.violation === null) continue
    const found = { seed, violation: report.violation }
    violations.push(found)
    post({ found, soFar: { seeds: seed - first + 1, ...sum } })
  }
  return {
    first,
    seeds,
    ...sum,
    violations,
    sometimes: Object.fromEntries([...sometimes].toSorted(([left], [right]) => (left < right ? -1 : 1))),
    hash: hash.digest('hex'),
  }
}

function post(news: WorkerNews): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port has no origin
  parentPort?.postMessage(news)
}

const { bug } = workerData as WorkerTask
if (bug !== null) plantBug(bug)
const { runSeed } = await import('./run-seed.ts')
parentPort?.on('message', (range: SeedRange | null) => {
  if (range === null) return parentPort?.close()
  void run(range, runSeed).then((report) => post({ report }))
})
post({ report: null })
