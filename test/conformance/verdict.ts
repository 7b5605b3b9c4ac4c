/** What runs of the suite come to: one line for each scenario, and a sentence for each thing that is wrong. */
import { differences } from './differences.ts'
import type { Check, Findings } from './suite.ts'

/** One scenario, judged. */
export interface Verdict {
  readonly name: string
  /** How many checks passed. */
  readonly passed: number
  /** What is wrong; empty when all is well. */
  readonly problems: readonly string[]
  /** Differences that are meant. */
  readonly notes: readonly string[]
}

/** What is to be said of one check. */
interface Remarks {
  readonly problems: readonly string[]
  readonly notes: readonly string[]
}

/** Judges scenarios by themselves: no check may fail, and `named` scenarios must have been run. */
export function judge(found: Findings, named: readonly string[] = [...found.keys()]): readonly Verdict[] {
  return named.map((name) => {
    const checks = found.get(name)
    if (checks === undefined) return { name, passed: 0, problems: ['it was not run'], notes: [] }
    return { name, passed: successes(checks), problems: checks.filter(isFailure).map(described), notes: [] }
  })
}

/**
 * Judges a governed run by one without us: every check that passed there must pass, as often, and nothing of it
 * may fail. What failed there proves nothing either way. `meant` says why a check may be missing, by its id.
 */
export function compare(
  baseline: Findings,
  governed: Findings,
  meant: ReadonlyMap<string, string> = differences,
): readonly Verdict[] {
  return [...baseline].map(([name, before]) => {
    const now = governed.get(name) ?? []
    const ids = new Set(before.filter(isSuccess).map(({ id }) => id))
    const remarks = [...ids].map((id) => {
      const [was, is] = [before, now].map((checks) => checks.filter((check) => check.id === id))
      return compareCheck(id, was ?? [], is ?? [], meant.get(id))
    })
    const problems = remarks.flatMap((one) => one.problems)
    return { name, passed: successes(now), problems, notes: remarks.flatMap((one) => one.notes) }
  })
}

function compareCheck(
  id: string,
  was: readonly Check[],
  is: readonly Check[],
  reason: string | undefined,
): Remarks {
  if (was.some(isFailure)) return { problems: [], notes: [] }
  const failures = is.filter(isFailure)
  if (failures.length > 0) return { problems: failures.map(described), notes: [] }
  if (successes(is) >= successes(was)) return { problems: [], notes: [] }
  if (reason !== undefined) return { problems: [], notes: [`${id}: ${reason}`] }
  return { problems: [`${id}: passed ${successes(is)} times instead of ${successes(was)}`], notes: [] }
}

/** How many checks passed. */
export function successes(checks: readonly Check[]): number {
  return checks.filter(isSuccess).length
}

function isSuccess({ status }: Check): boolean {
  return status === 'SUCCESS'
}

function isFailure({ status }: Check): boolean {
  return status === 'FAILURE'
}

function described({ id, description, errorMessage }: Check): string {
  return `${id}: ${errorMessage ?? description}`
}
