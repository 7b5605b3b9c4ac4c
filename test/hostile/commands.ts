/**
 * `node test/hostile/commands.ts [--count N] [--seed S]`: generated commands, valid, malformed and adversarial,
 * straight into the exchange and the core. Every effect is judged by the simulator's oracles; none may happen
 * without a live chain, nothing may fault, and neither the state nor the heap may grow without bound. The last
 * line is one JSON object. Exit 1 when any of that does not hold.
 *
 * Run it in rounds of a fresh domain, because the oracles remember everything and the kernel must not.
 */
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { compareState } from '../simulation/oracle/compare-state.ts'
import { Random } from '../simulation/world/random.ts'
import { attack } from './attack.ts'
import { HostileDomain } from './hostile-domain.ts'

/** What came of a campaign. */
export interface HostileReport {
  readonly commands: number
  readonly effects: number
  /** Questions of drivers that reached a client. */
  readonly questions: number
  readonly answers: number
  /** What was violated or faulted, with the round it happened in. */
  readonly violations: readonly string[]
  /** Most things in any kernel's state at once. */
  readonly peakState: number
  /** Heap after collecting, in bytes, after the first round and after the last. */
  readonly heapFirst: number
  readonly heapLast: number
}

const perRound = 20_000
/** Commands between two ends of a turn. */
const turn = 4

/** Throws `count` commands at fresh domains. */
export function runHostileCommands({
  count,
  seed,
}: {
  readonly count: number
  readonly seed: number
}): HostileReport {
  const violations: string[] = []
  const heaps: number[] = []
  const totals = { commands: 0, effects: 0, questions: 0, answers: 0, peakState: 0 }
  for (let round = 0; totals.commands < count; round += 1) {
    const commands = Math.min(perRound, count - totals.commands)
    totals.commands += commands
    try {
      const result = runRound(new Random(seed, `round ${round}`), commands)
      totals.effects += result.effects
      totals.questions += result.questions
      totals.answers += result.answers
      totals.peakState = Math.max(totals.peakState, result.peakState)
    } catch (error) {
      violations.push(
        `round ${round}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
      )
    }
    heaps.push(heapUsed())
  }
  return { ...totals, violations, heapFirst: heaps[0] ?? 0, heapLast: heaps.at(-1) ?? 0 }
}

type Round = Pick<HostileReport, 'effects' | 'questions' | 'answers' | 'peakState'>

function runRound(random: Random, commands: number): Round {
  const domain = new HostileDomain(random)
  const real = globalThis.queueMicrotask
  globalThis.queueMicrotask = (task) => domain.later(task)
  try {
    return attackFor(domain, random, commands)
  } finally {
    globalThis.queueMicrotask = real
  }
}

function attackFor(domain: HostileDomain, random: Random, commands: number): Round {
  let peakState = 0
  for (let n = 1; n <= commands; n += 1) {
    attack(domain, random, n)
    if (n % turn === 0) domain.settle()
    if (n % 512 === 0) peakState = Math.max(peakState, stateSize(domain))
  }
  domain.settle()
  compareState(domain.core.state, domain.oracle.model)
  const { effects, questions, answers } = domain
  return { effects, questions, answers, peakState }
}

/** Things that hostile agents could make more of. */
function stateSize({ core, exchange }: HostileDomain): number {
  const { capabilities, calls, pending, nonces, processes } = core.state
  const handles = [...processes.values()].reduce((sum, process) => sum + process.handles.size, 0)
  return capabilities.size + calls.size + pending.size + nonces.size + handles + exchange.flights.size
}

function heapUsed(): number {
  collect()
  return process.memoryUsage().heapUsed
}

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

function main(): void {
  const { values } = parseArgs({
    options: { count: { type: 'string', default: '1000000' }, seed: { type: 'string', default: '1' } },
  })
  const began = performance.now()
  const report = runHostileCommands({ count: Number(values.count), seed: Number(values.seed) })
  const perSecond = Math.round(report.commands / ((performance.now() - began) / 1_000))
  for (const violation of report.violations.slice(0, 5)) process.stderr.write(`${violation}\n`)
  const { violations, ...rest } = report
  process.stdout.write(`${JSON.stringify({ ...rest, violations: violations.length, perSecond })}\n`)
  process.exitCode = violations.length > 0 || report.heapLast > 2 * report.heapFirst + 32e6 ? 1 : 0
}

if (import.meta.main) main()
