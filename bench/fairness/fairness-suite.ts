/**
 * What agents that keep to a modest pace keep of it while another one floods at a hundred times that: in the same
 * domain, through the same driver, and in a domain beside theirs. All of them are processes of their own.
 */
import type { AnsweringKernel } from '../kernel/answering-kernel.ts'
import { openAnsweringKernel } from '../kernel/answering-kernel.ts'
import type { Child } from '../measure/child.ts'
import { startChild } from '../measure/child.ts'
import type { Contest, OpenSuite, Slice, Suite } from '../measure/contest.ts'
import type { Pace } from './paced-agent.ts'

/** Calls a second of one modest agent. */
const share = 100
const floodFactor = 100
const names = ['ann', 'ben', 'cid']
const least = 0.9
/** What the adapters of MCP servers take at once. */
const adapterCredit = 256
const alone = 'the same agents alone'

/** The suite named `fairness`. */
export const fairnessSuite: Suite = { name: 'fairness', open: openFairnessSuite }

async function openFairnessSuite(sliceMs: number): Promise<OpenSuite> {
  const here = await openAnsweringKernel([...names, 'flood'], null, adapterCredit)
  const beside = await openAnsweringKernel(['flood'], null, adapterCredit)
  const modest = await Promise.all(names.map((_, at) => attach(here, at)))
  const floods = [
    { title: 'one agent asks 100 × as much', flood: await attach(here, names.length) },
    { title: 'an agent of another domain asks 100 × as much', flood: await attach(beside, 0) },
  ]
  // Some calls in every slice, however short it is meant to be.
  const pace: Pace = { perSecond: share, sliceMs: Math.max(sliceMs, 500) }
  const contests = floods.map(({ title, flood }): Contest => {
    const beside = `agents at ${share} calls a second`
    return {
      title,
      unit: 'calls',
      ours: [{ name: beside, slice: () => leastOf(modest, pace, flood) }],
      references: [{ name: alone, slice: () => leastOf(modest, pace, null) }],
      bars: [{ subject: beside, reference: alone, of: 'rate', bar: least }],
    }
  })
  return {
    contests,
    async close() {
      for (const child of [...modest, ...floods.map(({ flood }) => flood)]) await child.end()
      await here.close()
      await beside.close()
    },
  }
}

function attach(kernel: AnsweringKernel, at: number): Promise<Child> {
  const env = { CUSTOS_SOCKET: kernel.agentSocket, CUSTOS_TOKEN: kernel.tokens[at] ?? '' }
  return startChild(new URL('paced-agent.ts', import.meta.url), env)
}

/** The slice of whoever got the least, with or without a flood beside them all. */
async function leastOf(modest: readonly Child[], pace: Pace, flood: Child | null): Promise<Slice> {
  const flooding = flood?.slice({ ...pace, perSecond: pace.perSecond * floodFactor })
  const slices = await Promise.all(modest.map((agent) => agent.slice(pace)))
  await flooding
  return slices.reduce((worst, slice) => ((slice.perSecond ?? 0) < (worst.perSecond ?? 0) ? slice : worst))
}
