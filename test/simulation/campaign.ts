/** Many seeds over a few threads, and the sum of what came of them. */
import { Worker } from 'node:worker_threads'
import type { BugName } from './planted-bugs.ts'
import type { WorkerNews, WorkerTask } from './worker.ts'

/** Which seeds to run, and how. */
export interface Campaign {
  readonly start: number
  readonly seeds: number
  readonly workers: number
  readonly bug: BugName | null
  /** Stop at the first violation. */
  readonly stopsAtFirst: boolean
  /** Told now and then how far it is. */
  onProgress?(report: CampaignReport): void
  /** Told of each violation at once. */
  onViolation?(seed: number, violation: string): void
}

/** The sum over all seeds so far. */
export interface CampaignReport {
  seeds: number
  /** Faults that the worlds injected. */
  faults: number
  events: number
  violations: { readonly seed: number; readonly violation: string }[]
  readonly sometimes: Map<string, number>
}

/** Runs a campaign. Rejects only when a thread itself breaks. */
export async function runCampaign(campaign: Campaign): Promise<CampaignReport> {
  const report: CampaignReport = { seeds: 0, faults: 0, events: 0, violations: [], sometimes: new Map() }
  const threads: Promise<void>[] = []
  const workers: Worker[] = []
  let isStopping = false
  for (let index = 0; index < campaign.workers; index += 1) {
    const { start, seeds, workers: step, bug } = campaign
    const workerData: WorkerTask = { first: start + index, step, end: start + seeds, bug }
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData })
    workers.push(worker)
    worker.on('message', (news: WorkerNews) => {
      if (isStopping) return
      add(report, news)
      for (const { seed, violation } of news.violations) campaign.onViolation?.(seed, violation)
      campaign.onProgress?.(report)
      isStopping = campaign.stopsAtFirst && report.violations.length > 0
      if (isStopping) for (const each of workers) void each.terminate()
    })
    threads.push(
      new Promise((resolve, reject) => {
        worker.once('error', reject)
        worker.once('exit', () => resolve())
      }),
    )
  }
  await Promise.all(threads)
  return report
}

function add(report: CampaignReport, news: WorkerNews): void {
  report.seeds += news.seeds
  report.faults += news.faults
  report.events += news.events
  report.violations.push(...news.violations)
  for (const [name, count] of news.sometimes)
    report.sometimes.set(name, (report.sometimes.get(name) ?? 0) + count)
}
