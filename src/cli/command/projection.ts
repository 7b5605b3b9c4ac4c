/**
 * `custos projection start|on|off|status|rebuild`: the ledger as tables, kept up to date by a process of its own, which the
 * supervisor keeps running where that is wanted. It reads the ledger and nothing else; the kernel knows nothing of it.
 */
import type { KeepProblem } from '../../projection/keep-tables.ts'
import { keepTables, lockTables } from '../../projection/keep-tables.ts'
import { removeProjection } from '../../projection/projection.ts'
import type { Command, Context } from '../command.ts'
import { visible } from '../escape.ts'
import type { ExitCode } from '../exit.ts'
import { CommandFailure, damagedFailure, exitCodes, usageFailure } from '../exit.ts'
import { openLedgerFolder, showProblem } from '../ledger-folder.ts'
import { isKept, keep, projectionFile } from '../projection-file.ts'
import { keeperOf, standingOf, standingWords } from '../tables-standing.ts'

const rebuildAdvice = 'if the ledger verifies, make it anew: custos projection rebuild'

/** Keeps a projection up to date. */
export const projectionStartCommand: Command = {
  name: 'projection start',
  synopsis: '[--once]',
  summary: 'keep the ledger’s tables for custos query up to date, until Ctrl-C',
  details: [
    'Reads the ledger folder alone; the kernel never waits for it. It may be killed at any time and goes on where it',
    'was: every event is in the tables once. Exit code 4 when the ledger is not the one that was projected.',
    'To have the supervisor do this: custos projection on',
  ],
  flags: [{ name: 'once', about: 'end as soon as the tables are up to date' }],
  positionals: { fewest: 0, most: 0 },
  run: (context) => locked(context, () => project(context, context.args.switches.has('once'))),
}

/** Has the supervisor keep a projection. */
export const projectionOnCommand: Command = {
  name: 'projection on',
  synopsis: '',
  summary: 'have the supervisor keep the ledger’s tables up to date from now on',
  details: [
    'In a process of its own that comes last for processor time, writes nothing but the tables, and is',
    'started again when it ends. A halt of the domain ends it; the resume brings it back.',
  ],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  run: (context) => want(context, true),
}

/** Has the supervisor keep a projection no more. */
export const projectionOffCommand: Command = {
  name: 'projection off',
  synopsis: '',
  summary: 'have the supervisor keep the ledger’s tables no more; they stay as they are',
  details: ['Nothing but the wish is gone: custos projection on goes on where they are.'],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  run: (context) => want(context, false),
}

async function want({ out, paths }: Context, isWanted: boolean): Promise<ExitCode> {
  openLedgerFolder(paths)
  keep(paths, isWanted)
  const isRunning = (await keeperOf(paths)) !== 'no supervisor'
  out.result({ kept: isWanted }, [
    isWanted
      ? `The supervisor keeps the tables up to date ${isRunning ? 'from now on' : 'as soon as it runs'}.`
      : 'The supervisor keeps the tables no more.',
  ])
  return exitCodes.done
}

/** Makes a projection anew. */
export const projectionRebuildCommand: Command = {
  name: 'projection rebuild',
  synopsis: '',
  summary: 'delete the ledger’s tables and make them anew',
  details: [
    'They follow from the ledger: nothing is lost. Where the supervisor keeps them, it makes them anew.',
  ],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const { out, paths } = context
    const file = projectionFile(paths)
    const keeper = await keeperOf(paths)
    if (!isKept(paths) || keeper === null || keeper === 'no supervisor' || keeper.state === 'given-up')
      return locked(context, () => {
        removeProjection(file)
        return project(context, true)
      })
    // Whoever has the file open sees that it is gone, and what belonged to it goes with the next one's beginning.
    removeProjection(file, 'in use')
    out.result({ file }, ['The tables are deleted, and the supervisor’s process makes them anew.'])
    return exitCodes.done
  },
}

/** Says how far a projection is. */
export const projectionStatusCommand: Command = {
  name: 'projection status',
  synopsis: '',
  summary: 'show how far the ledger’s tables are, and whether the supervisor keeps them',
  details: ['Behind is counted in events, and in time since the first event that is not in the tables.'],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  async run({ out, paths }) {
    const standing = await standingOf(paths, openLedgerFolder(paths).index.end)
    const file = projectionFile(paths)
    out.result({ file, ...standing }, [
      standingWords(standing),
      ...(standing.seq === null ? [] : [`  ${visible(file)}`]),
    ])
    return exitCodes.done
  },
}

async function project({ out, paths }: Context, once: boolean): Promise<ExitCode> {
  openLedgerFolder(paths)
  const file = projectionFile(paths)
  const stop = new AbortController()
  const end = (): void => stop.abort()
  process.once('SIGINT', end).once('SIGTERM', end)
  try {
    const kept = await keepTables(paths.domain, {
      once,
      signal: stop.signal,
      committed: (seq) => out.note(`Projected up to event ${seq}.`),
      said: (line) => out.note(visible(line)),
    })
    if (!kept.ok) throw notKept(file, kept.error)
    out.result({ file, seq: kept.value }, [`The tables are at event ${kept.value}.`])
    return exitCodes.done
  } finally {
    process.off('SIGINT', end).off('SIGTERM', end)
  }
}

function notKept(file: string, problem: KeepProblem): CommandFailure {
  return problem.what === 'ledger'
    ? damagedFailure(`the ledger cannot be projected: ${showProblem(problem.problem)}`, rebuildAdvice)
    : new CommandFailure(
        exitCodes.fault,
        `${file} cannot be used: ${visible(problem.message)}`,
        'custos projection rebuild',
      )
}

/** Runs `body` as the only process that writes to the projection. */
async function locked({ paths }: Context, body: () => Promise<ExitCode>): Promise<ExitCode> {
  openLedgerFolder(paths)
  const lock = lockTables(paths.domain)
  if (!lock.ok) throw usageFailure(visible(lock.error), 'see: custos projection status')
  try {
    return await body()
  } finally {
    lock.value.release()
  }
}
