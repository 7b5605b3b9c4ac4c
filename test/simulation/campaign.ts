/**
 * Many seeds over a few threads, and the sum of what came of them. Seeds are given out range by range: a slow one
 * holds nobody up, what is done can be kept, and the hash of a range is the same whoever ran it.
 */
import { createHash } from 'node:crypto'
import { Worker } from 'node:worker_threads'
import type { BugName } from './planted-bugs.ts'
import type { FoundViolation, RangeReport, SeedRange, WorkerNews, WorkerTask } from './worker.ts'

/** Which seeds to run, and how. */
export interface Campaign {
  readonly start: number
  readonly seeds: number
  readonly workers: number
  readonly bug: BugName | null
  /** Stop at the first violation. */
  readonly stopsAtFirst: boolean
  /** Ranges that an earlier run of the same campaign did. */
  readonly done?: readonly RangeReport[]
  /** Told of each range when it is done. */
  onRange?(range: RangeReport, report: CampaignReport): void
  /** Told of each violation at once. */
  onViolation?(found: FoundViolation): void
}

/** The sum over all seeds so far. */
export interface CampaignReport {
  seeds: number
  /** Faults that the worlds injected. */
  faults: number
  events: number
  violations: FoundViolation[]
  readonly sometimes: Map<string, number>
  readonly ranges: { readonly first: number; readonly seeds: number; readonly hash: string }[]
}

/** Seeds in a range: some seconds of work. Part of what a hash means, as are the seeds themselves. */
export const rangeSeeds = 50

/** Runs a campaign. Rejects only when a thread itself breaks. */
export async function runCampaign(campaign: Campaign): Promise<CampaignReport> {
  const report: CampaignReport = {
    seeds: 0,
    faults: 0,
    events: 0,
    violations: [],
    sometimes: new Map(),
    ranges: [],
  }
  const before = new Map((campaign.done ?? []).map((range) => [range.first, range]))
  const all = rangesOf(campaign)
  for (const { first, seeds } of all) {
    const known = before.get(first)
    if (known?.seeds === seeds) add(report, known)
  }
  const left = all.filter(({ first, seeds }) => before.get(first)?.seeds !== seeds)
  const workers: Worker[] = []
  const stop = (): void => {
    for (const each of workers) void each.terminate()
  }
  const take = (worker: Worker, news: WorkerNews): void => {
    if ('found' in news) {
      campaign.onViolation?.(news.found)
      if (!campaign.stopsAtFirst) return
      report.violations.push(news.found)
      for (const name of ['seeds', 'faults', 'events'] as const) report[name] += news.soFar[name]
      return stop()
    }
    if (news.report !== null) {
      add(report, news.report)
      campaign.onRange?.(news.report, report)
    }
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
    worker.postMessage(left.shift() ?? null)
  }
  const count = Math.min(campaign.workers, left.length)
  const threads = Array.from({ length: count }, () => {
    const worker = begin(campaign.bug, take)
    workers.push(worker)
    return ended(worker)
  })
  await Promise.all(threads).finally(stop)
  report.ranges.sort((one, other) => one.first - other.first)
  return report
}

/** One hash over the ranges, which are in order. */
export function hashOf(ranges: CampaignReport['ranges']): string {
  const hash = createHash('sha256')
  for (const { first, seeds, hash: own } of ranges) hash.update(`${first} ${seeds} ${own}\n`)
  return hash.digest('hex')
}

function rangesOf({ start, seeds }: Campaign): SeedRange[] {
  const ranges: SeedRange[] = []
  for (let first = start; first < start + seeds; first += rangeSeeds)
    ranges.push({ first, seeds: Math.min(rangeSeeds, start + seeds - first) })
  return ranges
}

function begin(bug: BugName | null, take: (worker: Worker, news: WorkerNews) => void): Worker {
  const workerData: WorkerTask = { bug }
  // Worlds are short-lived: with room for a few of them, next to nothing is ever moved out of it.
  const resourceLimits = { maxYoungGenerationSizeMb: 192 }
  const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData, resourceLimits })
  worker.on('message', (news: WorkerNews) => take(worker, news))
  return worker
}

function ended(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', () => resolve())
  })
}

/** More than that many violations are counted and not kept. */
const keptViolations = 1_000

function add(report: CampaignReport, range: RangeReport): void {
  const { first, seeds, hash } = range
  report.seeds += seeds
  report.faults += range.faults
  report.events += range.events
  for (const found of range.violations)
    if (report.violations.length < keptViolations) report.violations.push(found)
  for (const [name, count] of Object.entries(range.sometimes))
    report.sometimes.set(name, (report.sometimes.get(name) ?? 0) + count)
  report.ranges.push({ first, seeds, hash })
}
