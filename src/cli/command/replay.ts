/**
 * `custos replay`: runs a recorded script again with the recorded answers, and says whether it did the same.
 * Needs only the folder: no kernel is asked, no driver is called, nothing is written.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { engineIdentity } from '../../sandbox/quickjs/engine-identity.ts'
import { journalFile, programFile } from '../../sandbox/quickjs/journal.ts'
import type { ReplayVerdict } from '../../sandbox/quickjs/replay-agent.ts'
import { replayAgent } from '../../sandbox/quickjs/replay-agent.ts'
import { plainWorker } from '../../sandbox/quickjs/worker-launch.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { visible } from '../escape.ts'
import type { ExitCode } from '../exit.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import type { HomePaths } from '../home.ts'
import { offlineFlag, openForReading } from '../recorded-reading.ts'
import type { JoinedRun } from '../replay/recorded-run.ts'
import { joinRun } from '../replay/recorded-run.ts'
import type { RunEvidence } from '../replay/run-evidence.ts'
import { findRun, readEvidence } from '../replay/run-evidence.ts'

/** Replays a deterministic agent. */
export const replayCommand: Command = {
  name: 'replay',
  synopsis: 'PROCESS [--source FILE]',
  summary: 'run a recorded script again and name the first difference',
  details: [
    'PROCESS is the id or name of a process that ran with --machine quickjs, or the id of its run.',
    'The answers are those of the ledger. Nothing is asked, and no driver is called. Where nothing runs, answers are',
    'open only with --offline.',
    'With --source FILE another program is given the same answers: where would it have differed?',
    'Exit code 1 when the replay differs, 4 when the recording itself is in doubt.',
  ],
  flags: [
    { name: 'source', value: 'FILE', about: 'replay this program instead of the recorded one' },
    offlineFlag,
  ],
  positionals: { fewest: 1, most: 1 },
  async run(context) {
    const { args, out, paths } = context
    const evidence = await findEvidence(context, args.positionals[0] ?? '')
    const joined = readRun(paths, evidence, valueOf(args, 'source'))
    const verdict = await replayAgent(joined.run, plainWorker())
    const isSameEngine = evidence.recording.engine === engineIdentity()
    const { process, recording } = evidence
    const { doubts, isSealed, unconfirmed } = joined
    const value = { process, run: recording.run, ...verdict, isSealed, isSameEngine, unconfirmed, doubts }
    out.result(value, [...verdictLines(process, verdict), ...remarks(joined, isSameEngine)])
    return exitCodeOf(verdict, joined)
  },
}

async function findEvidence(context: Context, word: string): Promise<RunEvidence> {
  const ledger = await openForReading(context, 'replay')
  const spawned = findRun(ledger, word)
  const evidence = spawned === null ? null : readEvidence(ledger, spawned)
  if (evidence !== null) return evidence
  throw usageFailure(
    `no process ${visible(word)} ran a script of its own`,
    'only what ran with custos run --machine quickjs -- FILE can be replayed',
  )
}

function readRun(paths: HomePaths, evidence: RunEvidence, other: string | null): JoinedRun {
  const { recording } = evidence
  const program = read(programFile(paths.state, recording.source), 'the program')
  const journal = read(journalFile(join(paths.state, 'runs', recording.run)), 'the journal')
  const joined = joinRun(evidence, program, journal)
  return other === null
    ? joined
    : { ...joined, run: { ...joined.run, source: read(other, 'the other program') } }
}

function read(file: string, what: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch {
    throw usageFailure(
      `${what} of this run is not there: ${visible(file)}`,
      'without it nothing can be replayed',
    )
  }
}

function verdictLines(process: number, verdict: ReplayVerdict): readonly string[] {
  switch (verdict.kind) {
    case 'identical': {
      const { syscalls, how, isWhole } = verdict
      const extent = isWhole ? `to its end (${how})` : `as far as it was recorded (${how})`
      return [`process ${process}: identical, ${syscalls} syscalls, ${extent}`]
    }
    case 'diverged': {
      const { syscall, seq, difference } = verdict
      const where = seq === 0 ? '' : ` (#${seq})`
      return [`process ${process}: diverged at syscall ${syscall}${where}`, `  ${visible(difference)}`]
    }
    case 'failed':
      return [`process ${process}: the replay did not come to an end: ${visible(verdict.reason)}`]
  }
}

function remarks({ doubts, isSealed, unconfirmed }: JoinedRun, isSameEngine: boolean): readonly string[] {
  return [
    ...doubts.map(({ seq, about }) => `  in doubt: ${about}${seq === 0 ? '' : ` (#${seq})`}`),
    ...(isSealed ? [] : ['  the ledger does not hold the journal’s digest: the run was cut short']),
    ...(unconfirmed === 0 ? [] : [`  ${unconfirmed} answers stand in the journal alone`]),
    ...(isSameEngine ? [] : ['  this engine is not the one that it was recorded with']),
  ]
}

function exitCodeOf(verdict: ReplayVerdict, { doubts }: JoinedRun): ExitCode {
  if (verdict.kind === 'failed') return exitCodes.fault
  if (verdict.kind === 'diverged') return exitCodes.refused
  return doubts.length > 0 ? exitCodes.damaged : exitCodes.done
}
