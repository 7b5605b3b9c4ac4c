/** Why something may not be started or held now: halted, going down, not up yet, or too many. */
import { standsStill } from './halts-in-force.ts'
import type { Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import type { AgentProgram, HeldRun, Work } from './unit.ts'
import { isLive, newUnit } from './unit.ts'

/** Why an agent's program may not be started now, or null when it may. */
export function programObstacle(state: Supervision, domain: string, program: AgentProgram): string | null {
  return obstacle(state, { kind: 'program', domain, program }, supervision.programs, 'run')
}

/** Why a program may not be held now, or null when it may. */
export function holdObstacle(state: Supervision, domain: string, run: HeldRun): string | null {
  return obstacle(state, { kind: 'run', domain, run }, supervision.runs, 'are held')
}

function obstacle(
  state: Supervision,
  work: Extract<Work, { readonly kind: 'program' | 'run' }>,
  most: number,
  verb: string,
): string | null {
  const halt = standsStill(state, newUnit('', work))
  if (halt !== null) return halt.scope.kind === 'everything' ? 'everything is halted' : 'this is halted'
  if (state.isStopping) return 'the supervisor is going down'
  if (state.domains.get(work.domain)?.isServing !== true) return 'the kernel does not serve yet'
  const live = [...state.units.values()].filter(
    (unit) => unit.work.kind === work.kind && unit.work.domain === work.domain && isLive(unit),
  )
  return live.length >= most ? `${most} programs ${verb} already` : null
}
