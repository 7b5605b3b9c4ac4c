/**
 * What `custos doctor` says about boundaries: which rungs there are, which one programs are held with, and what to
 * do about one that is missing. A missing rung is bad only where nothing is left that could be used.
 */
import type { LadderReport } from '../sandbox/ladder.ts'
import { confinerFor, probeLadder } from '../sandbox/ladder.ts'
import { rungVariable } from '../sandbox/rungs.ts'

/** One line of the doctor's. */
export interface BoundaryFinding {
  readonly what: string
  readonly state: 'good' | 'note' | 'bad'
  readonly detail: string
}

/** Tries the ladder and says what was found. */
export async function checkBoundaries(env: NodeJS.ProcessEnv): Promise<readonly BoundaryFinding[]> {
  return boundaryFindings(await probeLadder(env))
}

/** The same from a report. */
export function boundaryFindings(report: LadderReport): readonly BoundaryFinding[] {
  const chosen = confinerFor(report)
  const wish = report.wanted === '' ? '' : `, as ${rungVariable} asks`
  return [
    chosen.ok
      ? { what: 'boundary', state: 'good', detail: `programs are held by ${chosen.value.rung}${wish}` }
      : { what: 'boundary', state: 'bad', detail: `no program can be run: ${chosen.error}` },
    ...report.ladder.map(({ rung, available, detail }): BoundaryFinding => ({
      what: rung,
      state: available ? 'good' : 'note',
      detail,
    })),
  ]
}
