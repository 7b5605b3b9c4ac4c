/**
 * How fast a halt is: fifty programs under the real supervisor, from its receipt of the request to the last kill that
 * it sends, and until all of it, kernel and gateway included, was seen to be gone. The same with a kernel that serves,
 * one that is stopped, and one that spins: none of them is asked.
 */
import type { Contest, OpenSuite, Slice, Subject, Suite } from '../measure/contest.ts'
import { quantile } from '../measure/statistics.ts'
import type { Condition, HaltTook } from './halted-home.ts'
import { HaltedHome } from './halted-home.ts'

/** The suite named `halt`. */
export const haltSuite: Suite = { name: 'halt', open: openHaltSuite }

const conditions: readonly Condition[] = ['serving', 'stopped', 'spinning']
/** In µs. */
const [killBar, deadBar] = [5_000, 250_000]

async function openHaltSuite(sliceMs: number): Promise<OpenSuite> {
  const homes = new Map<Condition, HaltedHome>()
  for (const condition of conditions) homes.set(condition, await HaltedHome.open(condition))
  const contest = (title: string, of: keyof HaltTook, bar: number): Contest => {
    const ours = conditions.map((condition): Subject => {
      const name = `kernel ${condition}`
      return { name, slice: () => halts(homes.get(condition), of, sliceMs) }
    })
    const bars = ours.map(({ name }) => ({ subject: name, reference: null, of: 'latency', bar }) as const)
    return { title, unit: 'halts', ours, references: [], bars }
  }
  return {
    contests: [
      contest('50 programs, to the last kill', 'killUs', killBar),
      contest('50 programs, to the end of all', 'deadUs', deadBar),
    ],
    async close() {
      for (const home of homes.values()) await home.close()
    },
  }
}

async function halts(home: HaltedHome | undefined, of: keyof HaltTook, sliceMs: number): Promise<Slice> {
  const took: number[] = []
  for (const until = performance.now() + sliceMs; took.length === 0 || performance.now() < until;) {
    const halted = await home?.halt()
    took.push(halted?.[of] ?? Number.NaN)
  }
  return { perSecond: null, p50Us: quantile(took, 0.5), p99Us: quantile(took, 0.99) }
}
