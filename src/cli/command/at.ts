/**
 * `custos at`, for help and for whoever leaves the rest away: the command line runs what follows by itself.
 */
import type { Command } from '../command.ts'
import { usageFailure } from '../exit.ts'

/** Looks at how things stood. */
export const atCommand: Command = {
  name: 'at',
  synopsis: 'WHEN COMMAND [ARGUMENT]…',
  summary: 'run a command that only looks on how things stood at an instant, or after an event',
  details: [
    'WHEN is 2026-11-20T09:00 (UTC), 2026-11-20, how long ago, for example 2h, or an event, for example #120.',
    'A day means its beginning, and an instant of the same millisecond comes after its events.',
    'COMMAND is status, caps, ps, process list, agent list, driver list, approvals, can, why, query or ledger find, with',
    'its own arguments.',
    'Read from the ledger folder alone, and verified as it is folded; nothing needs to run.',
  ],
  flags: [],
  positionals: { fewest: 2, most: null },
  run: () =>
    Promise.reject(usageFailure('WHEN comes first, then the command', 'for example: custos at 2h caps')),
}
