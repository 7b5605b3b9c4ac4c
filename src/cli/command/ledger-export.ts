/**
 * `custos ledger export`: every event as one line of canonical JSON, for tools that know nothing of us.
 */
import { exportLines } from '../../ledger/export.ts'
import type { Command } from '../command.ts'
import { damagedFailure, exitCodes } from '../exit.ts'
import { openLedgerFolder } from '../ledger-folder.ts'

/** Exports the ledger. */
export const ledgerExportCommand: Command = {
  name: 'ledger export',
  synopsis: '[--payloads]',
  summary: 'write every event as one line of RFC 8785 JSON',
  details: ['Payloads are left out unless --payloads is given and this machine holds their key.'],
  flags: [{ name: 'payloads', about: 'include arguments and results in the clear' }],
  positionals: { fewest: 0, most: 0 },
  async run({ args, paths }) {
    const folder = openLedgerFolder(paths)
    const wanted = args.switches.has('payloads')
    if (wanted && folder.payloads === null) {
      throw damagedFailure('the key that opens payloads is not here', `it is expected in ${paths.vaultKey}`)
    }
    const domain = folder.reader.domain() ?? ''
    for (const line of exportLines(domain, folder.records(), wanted ? folder.payloads : null)) {
      if (!process.stdout.write(`${line}\n`))
        await new Promise((resolve) => process.stdout.once('drain', resolve))
    }
    return exitCodes.done
  },
}
