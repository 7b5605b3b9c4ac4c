/** `custos ledger checkpoint`: the newest tree head with its cosignatures, to be kept elsewhere. */
import { writeFileSync } from 'node:fs'
import { bestHead, keptHeads } from '../../witness/kept-heads.ts'
import { valueOf } from '../arguments.ts'
import type { Command } from '../command.ts'
import { visible } from '../escape.ts'
import { evidenceOf } from '../evidence-view.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import { openLedgerFolder } from '../ledger-folder.ts'

/** Shows or writes the newest checkpoint. */
export const ledgerCheckpointCommand: Command = {
  name: 'ledger checkpoint',
  synopsis: '[-o FILE]',
  summary: 'print the newest signed checkpoint, cosigned where there is a witness, to be kept elsewhere',
  details: [
    'Keep it, and once the key that is shown with it, where the owner of this machine cannot change them.',
  ],
  flags: [{ name: 'output', short: 'o', value: 'FILE', about: 'write it to a new file' }],
  positionals: { fewest: 0, most: 0 },
  run({ args, out, paths }) {
    const { place, word } = evidenceOf(paths, openLedgerFolder(paths))
    const head = bestHead(keptHeads(place))
    if (head === null)
      throw usageFailure('there is no signed tree head yet', 'they are made while Custos runs: custos up')
    const file = valueOf(args, 'output')
    if (file !== null) writeNew(file, head.note)
    const { size, note, cosignatures } = head
    out.note(`key: ${visible(word)}`)
    out.result(
      { key: word, size, cosignatures, checkpoint: note },
      file === null ? note.trimEnd().split('\n') : [],
    )
    return Promise.resolve(exitCodes.done)
  },
}

/** Writes a file that was not there. */
export function writeNew(file: string, content: string): void {
  try {
    writeFileSync(file, content, { flag: 'wx' })
  } catch (problem) {
    throw usageFailure(
      `cannot write ${visible(file)}: ${problem instanceof Error ? problem.message : String(problem)}`,
    )
  }
}
