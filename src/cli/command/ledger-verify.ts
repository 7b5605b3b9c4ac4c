/**
 * `custos ledger verify`: everything about the stored ledger that can be checked without trusting whoever
 * wrote it. A checkpoint kept elsewhere makes rewriting and rolling back visible too.
 */
import { readFileSync } from 'node:fs'
import { presentView } from '../../ledger/present-view.ts'
import { verifyLedger } from '../../ledger/verify.ts'
import { valueOf } from '../arguments.ts'
import type { Command } from '../command.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import { openLedgerFolder, showProblem } from '../ledger-folder.ts'
import { visible } from '../escape.ts'

/** Verifies the ledger. */
export const ledgerVerifyCommand: Command = {
  name: 'ledger verify',
  synopsis: '[--checkpoint FILE]',
  summary: 'verify the stored ledger: chain, signatures, payload blobs; exit 4 when it does not hold',
  details: ['Keep a checkpoint elsewhere and pass it here: then a rewritten or older copy is found as well.'],
  flags: [{ name: 'checkpoint', value: 'FILE', about: 'a checkpoint kept elsewhere' }],
  positionals: { fewest: 0, most: 0 },
  run({ args, out, paths }) {
    const file = valueOf(args, 'checkpoint')
    const folder = openLedgerFolder(paths)
    const checkpoint = file === null ? {} : { checkpoint: readText(file) }
    const report = verifyLedger(presentView(folder.disk), { blobs: folder.blobs, ...checkpoint })
    const sound = report.problems.length === 0
    out.result({ valid: sound, ...report }, [
      `${sound ? 'valid' : 'NOT VALID'}: ${report.events} events in ${report.batches} batches, ${report.checkpoints} checkpoints`,
      `  head ${report.head.seq} ${report.head.hash}`,
      `  ${report.sealed ? 'a signed checkpoint covers the last event' : 'the last events are not covered by a checkpoint yet'}`,
      ...report.problems.map((problem) => `  ${showProblem(problem)}`),
    ])
    return Promise.resolve(sound ? exitCodes.done : exitCodes.damaged)
  },
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (problem) {
    throw usageFailure(
      `cannot read ${visible(file)}: ${problem instanceof Error ? problem.message : String(problem)}`,
    )
  }
}
