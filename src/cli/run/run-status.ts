/**
 * How a run ended, as a shell tells it. The program's own status is the command's; what Custos has to say of itself
 * uses codes that programs leave alone, as `env` and `timeout` do.
 */
import { constants } from 'node:os'
import type { End } from '../../sandbox/boundary.ts'

/** Statuses of `custos run` that are not the program's. */
export const runStatuses = {
  /** A limit ended the program. */
  limited: 124,
  /** The run could not be made: no boundary, no kernel, a refusal, or a mistake on the command line. */
  notMade: 125,
} as const

/** The status for `end`: the program's, 128 and the signal's number, or that a limit ended it. */
export function statusOf(end: End): number {
  if (end.limit !== '') return runStatuses.limited
  if (end.signal !== null) return 128 + (constants.signals[end.signal] ?? 0)
  return end.status ?? runStatuses.notMade
}
