/** What is measured of a large ledger, beside the same of a small one. */
import { spawn } from 'node:child_process'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { GatedCalls } from '../kernel/gated-calls.ts'
import { openGatedCalls } from '../kernel/gated-calls.ts'
import type { Bar, Contest, Slice, Subject } from '../measure/contest.ts'
import type { StepReport } from './large-step.ts'

/** A home that holds a ledger, and what to call it. */
export interface LedgerHome {
  readonly path: string
  /** As in `10,000,000 events`. */
  readonly name: string
  /** Frees its space, unless it is to be kept. */
  remove(): void
}

/** A step of `large-step.ts`, and the greatest time that is promised for the large ledger, in milliseconds. */
interface Timed {
  readonly step: string
  readonly title: string
  readonly barMs: number | null
}

const timed: readonly Timed[] = [
  { step: 'boot', title: 'boot of a new process', barMs: 2_000 },
  { step: 'verify', title: 'full verify', barMs: 60_000 },
  { step: 'refold', title: 'refold of every event', barMs: null },
]
/** Events of the ledger that growth is held against. */
const fewEvents = 10_000
const inFlight = 64
/** Rounds for each that the others take: 15 where they take 3. */
export const growthRounds: number = 5
const growthBar = 0.9
const fillMs = 2_000
const settlingMs = 10
const preparingMs = 300

/** Runs one step in a process of its own. Rejects when it fails; what it says goes to standard error. */
export function runStep(step: string, home: string, ...more: readonly string[]): Promise<StepReport> {
  const program = fileURLToPath(new URL('large-step.ts', import.meta.url))
  const child = spawn(process.execPath, [program, step, home, ...more], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => {
      if (status === 0) resolve(JSON.parse(said.trimEnd().split('\n').at(-1) ?? '') as StepReport)
      else reject(new Error(`${step} ended with ${status}`))
    })
  })
}

/** Times and peaks of memory of whole processes over both ledgers. */
export function stepContests(large: LedgerHome, small: LedgerHome): readonly Contest[] {
  return timed.flatMap(({ step, title, barMs }) => {
    const bars: readonly Bar[] =
      barMs === null ? [] : [{ subject: large.name, reference: null, of: 'latency', bar: barMs }]
    const peaks = new Map<string, number[]>()
    const measured = ({ path, name }: LedgerHome): Subject => ({
      name,
      async slice() {
        const { tookMs, peakMib } = await runStep(step, path)
        peaks.set(name, [...(peaks.get(name) ?? []), peakMib])
        return number(tookMs)
      },
    })
    // What the time of a round took in memory is handed on, so that nothing is run twice.
    const recalled = ({ name }: LedgerHome): Subject => ({
      name,
      slice: () => Promise.resolve(number(peaks.get(name)?.shift() ?? Number.NaN)),
    })
    const [ours, references] = [[large], [small]]
    return [
      {
        title,
        unit: '',
        ours: ours.map(measured),
        references: references.map(measured),
        bars,
        measure: time,
      },
      { title, unit: '', ours: ours.map(recalled), references: references.map(recalled), measure: memory },
    ]
  })
}

const time = { name: 'time', unit: 'ms' }
const memory = { name: 'most memory', unit: 'MiB' }

function number(value: number): Slice {
  return { perSecond: null, p50Us: value, p99Us: value }
}

/**
 * Gated calls in a domain that has `events` events, beside one that has only just 10,000 each time. Takes minutes: the
 * first is filled by gated calls.
 */
export async function openGrowth(
  events: number,
  sliceMs: number,
): Promise<{
  readonly contest: Contest
  close(): Promise<void>
}> {
  const large = await filled(events)
  return {
    contest: {
      title: `${inFlight} in flight`,
      unit: 'calls',
      ours: [{ name: atEvents(events), slice: () => large.slice(inFlight, sliceMs) }],
      references: [{ name: atEvents(fewEvents), slice: () => freshSlice(sliceMs) }],
      bars: [{ subject: atEvents(events), reference: atEvents(fewEvents), of: 'rate', bar: growthBar }],
    },
    close: () => large.close(),
  }
}

function atEvents(events: number): string {
  return `gated call at ${events.toLocaleString('en')} events`
}

async function freshSlice(sliceMs: number): Promise<Slice> {
  const small = await filled(fewEvents)
  // Its second segment is being prepared: the other domain did that long ago.
  await pause(preparingMs)
  const slice = await small.slice(inFlight, sliceMs)
  await small.close()
  return slice
}

async function filled(events: number): Promise<GatedCalls> {
  const calls = await openGatedCalls()
  while (calls.events() < events) {
    const most = events - calls.events()
    await calls.slice(1024, most < 100_000 ? settlingMs : fillMs)
    process.stderr.write(most < 1_000_000 ? '' : `bench: ${calls.events()} events\n`)
  }
  return calls
}
