/** Why something may not be started or held now: halted, going down, not up yet, or too many. */
import type { Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import { isLive } from './unit.ts'

/** Why an agent's program may not be started now, or null when it may. */
export function programObstacle(state: Supervision): string | null {
  if (state.halted !== null) return 'everything is halted'
  if (state.isStopping) return 'the supervisor is going down'
  if (!state.isServing) return 'the kernel does not serve yet'
  const live = [...state.units.values()].filter((unit) => unit.work.kind === 'program' && isLive(unit))
  return live.length >= supervision.programs ? `${supervision.programs} programs run already` : null
}

/** Why a program may not be held now, or null when it may. */
export function holdObstacle(state: Supervision): string | null {
  const obstacle = programObstacle(state)
  if (state.halted !== null || state.isStopping || !state.isServing) return obstacle
  const live = [...state.units.values()].filter((unit) => unit.work.kind === 'run' && isLive(unit))
  return live.length >= supervision.runs ? `${supervision.runs} programs are held already` : null
}
