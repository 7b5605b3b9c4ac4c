/**
 * `custos projection start|status|rebuild`: the ledger as tables, kept up to date by a process of its own. It reads the
 * ledger and nothing else; the kernel knows nothing of it.
 */
import type { LedgerProblem } from '../../ledger/problem.ts'
import { acquireWriterLock } from '../../ledger/writer-lock.ts'
import { keepUp } from '../../projection/keep-up.ts'
import { Projection, removeProjection } from '../../projection/projection.ts'
import type { Command, Context } from '../command.ts'
import { visible } from '../escape.ts'
import type { ExitCode } from '../exit.ts'
import { CommandFailure, damagedFailure, exitCodes, usageFailure } from '../exit.ts'
import { openLedgerFolder, showProblem } from '../ledger-folder.ts'
import { projectionFile, projectionLag } from '../projection-file.ts'

const rebuildAdvice = 'if the ledger verifies, make it anew: custos projection rebuild'

/** Keeps a projection up to date. */
export const projectionStartCommand: Command = {
  name: 'projection start',
  synopsis: '[--once]',
  summary: 'keep the ledger’s tables for custos query up to date, until Ctrl-C',
  details: [
    'Reads the ledger folder alone; the kernel never waits for it. It may be killed at any time and goes on where it',
    'was: every event is in the tables once. Exit code 4 when the ledger is not the one that was projected.',
  ],
  flags: [{ name: 'once', about: 'end as soon as the tables are up to date' }],
  positionals: { fewest: 0, most: 0 },
  run: (context) => locked(context, () => project(context, context.args.switches.has('once'))),
}

/** Makes a projection anew. */
export const projectionRebuildCommand: Command = {
  name: 'projection rebuild',
  synopsis: '',
  summary: 'delete the ledger’s tables and make them anew',
  details: ['They follow from the ledger: nothing is lost.'],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    locked(context, () => {
      removeProjection(projectionFile(context.paths))
      return project(context, true)
    }),
}

/** Says how far a projection is. */
export const projectionStatusCommand: Command = {
  name: 'projection status',
  synopsis: '',
  summary: 'show how far the ledger’s tables are',
  details: [],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  run({ out, paths }) {
    const { state, ledger } = projectionLag(paths)
    const file = projectionFile(paths)
    const lag = ledger - (state?.seq ?? 0)
    out.result({ file, seq: state?.seq ?? null, ledger, lag }, [
      state === null
        ? 'There are no tables yet: custos projection start'
        : `${lag === 0 ? 'up to date' : `${lag} events behind`}: event ${state.seq} of ${ledger}`,
      ...(state === null ? [] : [`  ${visible(file)}`]),
    ])
    return Promise.resolve(exitCodes.done)
  },
}

async function project({ out, paths }: Context, once: boolean): Promise<ExitCode> {
  const { disk } = openLedgerFolder(paths)
  const file = projectionFile(paths)
  const opened = Projection.open(file)
  if (!opened.ok)
    throw new CommandFailure(
      exitCodes.fault,
      `${file} cannot be used: ${opened.error}`,
      'custos projection rebuild',
    )
  const stop = new AbortController()
  const end = (): void => stop.abort()
  process.once('SIGINT', end).once('SIGTERM', end)
  try {
    const committed = (seq: number): void => out.note(`Projected up to event ${seq}.`)
    const problem = await keepUp(disk, opened.value, { once, committed, signal: stop.signal })
    if (problem !== null) throw notProjected(problem)
    const { seq } = opened.value.projection
    out.result({ file, seq }, [`The tables are at event ${seq}.`])
    return exitCodes.done
  } finally {
    opened.value.projection.close()
    process.off('SIGINT', end).off('SIGTERM', end)
  }
}

function notProjected(problem: LedgerProblem): CommandFailure {
  return damagedFailure(`the ledger cannot be projected: ${showProblem(problem)}`, rebuildAdvice)
}

/** Runs `body` as the only process that writes to the projection. */
async function locked({ paths }: Context, body: () => Promise<ExitCode>): Promise<ExitCode> {
  openLedgerFolder(paths)
  const lock = acquireWriterLock(`${paths.domain}/projection.lock`)
  if (!lock.ok)
    throw usageFailure(
      lock.error.code === 'held'
        ? 'another process keeps these tables up to date already'
        : lock.error.message,
    )
  try {
    return await body()
  } finally {
    lock.value.release()
  }
}
