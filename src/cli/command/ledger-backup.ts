/**
 * `custos ledger backup`: copies the ledger of a domain, which may be running, into a folder that is a ledger by itself.
 */
import { backUp } from '../keeping/backup.ts'
import { namedLedgerKey } from '../keeping/ledger-key.ts'
import { valueOf } from '../arguments.ts'
import type { Command } from '../command.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import { exitCodes, usageFailure } from '../exit.ts'

/** Backs a ledger up. */
export const ledgerBackupCommand: Command = {
  name: 'ledger backup',
  synopsis: '--to FOLDER',
  summary: 'copy the ledger, up to its newest checkpoint, while the home runs; again for what is new',
  details: [
    'Segments, checkpoints and sealed payloads; never keys: keep those elsewhere, without them no payload can be read.',
    'A folder that holds another ledger, or a newer or other history of this one, is refused with exit 4.',
  ],
  flags: [{ name: 'to', value: 'FOLDER', about: 'where the backup is, or will be' }],
  positionals: { fewest: 0, most: 0 },
  async run({ args, out, paths }) {
    const to = valueOf(args, 'to')
    if (to === null) throw usageFailure('where to?', 'give --to FOLDER')
    const ledgerKey = namedLedgerKey(paths.domain)
    if (ledgerKey === null) throw usageFailure('there is nothing to back up', 'the ledger is empty')
    const report = await backUp(paths.domain, to, { ledgerKey, copied: (name) => out.note(visible(name)) })
    const { checkpoint, ...counts } = report
    out.result({ ...counts, seq: checkpoint.seq, chain: checkpoint.hash, checkpoint: checkpoint.text }, [
      `backed up to event ${checkpoint.seq} of ${showInstant(checkpoint.at)}, checkpoint ${checkpoint.number}`,
      `  ${counts.segmentsCopied} segments copied, ${counts.segmentsKept} there already, ${counts.blobsCopied} payloads copied`,
    ])
    return exitCodes.done
  },
}
