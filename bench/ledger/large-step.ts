/**
 * One thing done to a large ledger by a process of its own, so that what it takes from the start of Node.js on, and the
 * most memory it ever held, are its own. What it prints ends in a line of JSON. Started by `large.ts`.
 */
import { join } from 'node:path'
import type { Instant } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import { runCommandLine } from '../../src/cli/command-line.ts'
import { openDomain } from '../../src/machine/open-domain.ts'
import { systemEntropy } from '../../src/machine/system-entropy.ts'
import { domainName, makeManyEvents } from './many-events.ts'
import { foldEverything } from './recorded-ledger.ts'

/** What a step says when it is done. */
export interface StepReport {
  /** Position of the last event, where the step knows it. */
  readonly events: number | null
  /** Since the process began. */
  readonly tookMs: number
  /** The most memory that was resident. */
  readonly peakMib: number
}

const [verb = '', home = '', count = '0'] = process.argv.slice(2)
const folder = join(home, 'domains', domainName, 'ledger')

const steps: { readonly [verb: string]: () => number | Promise<number | null> } = {
  make: () =>
    makeManyEvents(home, Number(count), (seq) => void process.stderr.write(`bench: ${seq} events\n`)),
  async boot() {
    const clock = { now: () => id<Instant>(Date.now()) }
    const opened = await openDomain(home, domainName, { clock, entropy: systemEntropy() })
    if (!opened.ok) throw new Error(opened.error)
    const { state, foldedFrom, remarks } = opened.value
    process.stderr.write(`bench: ${state.seq} events, folded from ${foldedFrom} on ${remarks.join('; ')}\n`)
    return state.seq
  },
  async verify() {
    const status = await runCommandLine(['ledger', 'verify', '--home', home])
    if (status !== 0) throw new Error(`custos ledger verify ended with ${status}`)
    return null
  },
  refold: () => foldEverything({ folder }),
}

const step = steps[verb]
if (step === undefined) throw new Error(`there is no step ${verb}`)
const events = await step()
const report: StepReport = {
  events,
  tookMs: performance.now(),
  peakMib: process.resourceUsage().maxRSS / 1024,
}
process.stdout.write(`${JSON.stringify(report)}\n`)
// An opened domain keeps its writer lock, and what prepares its next segment, until the process ends.
process.exit(0)
