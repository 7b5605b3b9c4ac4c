/** `custos ledger prove`: evidence for one event in one file, for somebody who has nothing else. */
import { valueOf } from '../arguments.ts'
import type { Command } from '../command.ts'
import { visible } from '../escape.ts'
import { makeBundle } from '../evidence/make-bundle.ts'
import { evidenceOf } from '../evidence-view.ts'
import { exitCodes } from '../exit.ts'
import { openLedgerFolder } from '../ledger-folder.ts'
import { parseId } from '../lookup.ts'
import { offlineFlag, openForReading } from '../recorded-reading.ts'
import { writeNew } from './ledger-checkpoint.ts'

/** Writes a bundle. */
export const ledgerProveCommand: Command = {
  name: 'ledger prove',
  synopsis: 'SEQ [-o FILE] [--payloads]',
  summary: 'write the evidence for one event: records, authority, proofs, signed and cosigned head',
  details: [
    'Whoever has the file and a key checks it with: custos ledger verify --bundle FILE --key KEY',
    'It holds what the events say, and no payloads unless they are asked for.',
  ],
  flags: [
    { name: 'output', short: 'o', value: 'FILE', about: 'write it to a new file' },
    { name: 'payloads', about: 'include arguments and results in the clear' },
    offlineFlag,
  ],
  positionals: { fewest: 1, most: 1 },
  async run(context) {
    const { args, out, paths } = context
    const seq = parseId(args.positionals[0] ?? '', 'SEQ')
    const payloads = args.switches.has('payloads')
    const folder = payloads ? await openForReading(context, `prove event ${seq}`) : openLedgerFolder(paths)
    const bundle = makeBundle(folder, evidenceOf(paths, folder), seq, payloads)
    const file = valueOf(args, 'output')
    if (file === null) out.result(bundle, [JSON.stringify(bundle)])
    else {
      writeNew(file, `${JSON.stringify(bundle)}\n`)
      const { records, checkpoint } = bundle
      out.result({ file, event: seq, records: records.length, checkpoint }, [
        `event ${seq} with the ${records.length - 1} it stands on: ${visible(file)}`,
      ])
    }
    return exitCodes.done
  },
}
