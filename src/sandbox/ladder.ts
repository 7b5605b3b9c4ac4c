/**
 * The ladder: which rungs there are on this machine, strongest first, found out by running a program on each. A
 * rung that was asked for and is not there is a refusal. There is no falling through to a weaker one, and no way to
 * run without any.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Boundary, Confiner, Rung } from './boundary.ts'
import { bubblewrapConfiner } from './bubblewrap/confiner.ts'
import { emptyBoundary } from './empty-boundary.ts'
import { gvisorConfiner } from './gvisor/confiner.ts'
import { landlockConfiner } from './landlock/confiner.ts'
import { rungAdvice } from './rung-advice.ts'
import { rungs, rungVariable } from './rungs.ts'

/** What was found out about one rung. */
export interface RungReport {
  readonly rung: Rung
  readonly available: boolean
  /** What holds programs there; or what is missing, and how it is installed. */
  readonly detail: string
  /** The command that puts it there; empty when it is there or no command does. */
  readonly install: string
}

/** What was found out about all of them. */
export interface LadderReport {
  /** What programs are held with: the strongest there is, or the one that was asked for; `none` is a refusal. */
  readonly rung: Rung | 'none'
  /** The rung that `CUSTOS_RUNG` asks for, as it is written there; empty when it asks for none. */
  readonly wanted: string
  readonly ladder: readonly RungReport[]
}

const mostProbeMs = 20_000
const mostSaid = 300

const probed = new Map<string, Promise<LadderReport>>()

/** Tries every rung with a program. Once for each process and wish. */
export function probeLadder(env: NodeJS.ProcessEnv = process.env): Promise<LadderReport> {
  const wanted = env[rungVariable] ?? ''
  const report = probed.get(wanted) ?? probe(wanted)
  probed.set(wanted, report)
  return report
}

/**
 * The confiner to use: of `wanted`, else of what the environment asked for, else of the strongest rung there is. The
 * error says what to do. Never one that is weaker than what was asked for.
 */
export function confinerFor(report: LadderReport, wanted?: Rung): Result<Confiner, string> {
  const asked = wanted ?? report.wanted
  if (asked !== '') {
    const found = report.ladder.find(({ rung }) => rung === asked)
    if (found === undefined) return err(`${rungVariable} is ${asked}; it must be one of ${rungs.join(', ')}`)
    if (found.available) return ok(confinerOn(found.rung))
    return err(`the ${asked} rung was asked for and is not there: ${found.detail}`)
  }
  const best = report.ladder.find(({ available }) => available)
  if (best !== undefined) return ok(confinerOn(best.rung))
  const reasons = report.ladder.map(({ rung, detail }) => `${rung}: ${detail}`)
  return err(`nothing on this machine can hold a program. ${reasons.join('. ')}`)
}

/** The confiner of `rung`, whether it works here or not; where it does not, its starts are errors. */
export function confinerOn(rung: Rung): Confiner {
  switch (rung) {
    case 'gvisor':
      return gvisorConfiner()
    case 'bubblewrap':
      return bubblewrapConfiner()
    case 'landlock':
      return landlockConfiner()
  }
}

async function probe(wanted: string): Promise<LadderReport> {
  const ladder = await Promise.all(rungs.map((rung) => probeRung(rung)))
  const report = { rung: 'none', wanted, ladder } as const
  const chosen = confinerFor(report)
  return chosen.ok ? { ...report, rung: chosen.value.rung } : report
}

async function probeRung(rung: Rung): Promise<RungReport> {
  const problem = await tryRung(confinerOn(rung))
  if (problem === '') return { rung, available: true, detail: rungAdvice[rung].holds, install: '' }
  const { missing, install } = rungAdvice[rung].explain(problem)
  const advice = install === '' ? '' : `; this puts it right: ${install}`
  return { rung, available: false, detail: `${missing}${advice}`, install }
}

/** Runs `true`. Empty when that went well, else what was wrong. */
async function tryRung(confiner: Confiner): Promise<string> {
  try {
    const started = await confiner.start(probeBoundary(), { command: '/bin/true', args: [], stdio: 'pipe' })
    if (!started.ok) return started.error.slice(0, mostSaid)
    let said = ''
    started.value.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < mostSaid) said += text
    })
    const { status, signal, limit } = await started.value.ended
    if (status === 0) return ''
    return said.slice(0, mostSaid).trim() || `it ended with ${limit || (signal ?? String(status))}`
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem)
  }
}

function probeBoundary(): Boundary {
  const empty = emptyBoundary()
  return { ...empty, limits: { ...empty.limits, wallMs: mostProbeMs } }
}
