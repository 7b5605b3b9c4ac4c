/**
 * `custos ledger export`: every event as one line of canonical JSON, for tools that know nothing of us.
 */
import { exportLines } from '../../ledger/export.ts'
import { valueOf } from '../arguments.ts'
import type { Command } from '../command.ts'
import { damagedFailure, exitCodes, usageFailure } from '../exit.ts'
import { openLedgerFolder } from '../ledger-folder.ts'
import { otlpLines } from '../otlp-lines.ts'
import { offlineFlag, openForReading } from '../recorded-reading.ts'

/** Exports the ledger. */
export const ledgerExportCommand: Command = {
  name: 'ledger export',
  synopsis: '[--format ndjson|otlp] [--payloads [--offline]]',
  summary: 'write every event as one line of RFC 8785 JSON',
  details: [
    'Payloads are left out unless --payloads is given and this machine holds their key. Who exports them is',
    'recorded before the first is opened. OTLP is for what reads OpenTelemetry: calls are spans, and no payload is in it.',
  ],
  flags: [
    {
      name: 'format',
      value: 'ndjson|otlp',
      about: 'one event a line (default), or OpenTelemetry as JSON lines',
    },
    { name: 'payloads', about: 'include arguments and results in the clear' },
    offlineFlag,
  ],
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const { args, paths } = context
    const wanted = args.switches.has('payloads')
    const format = valueOf(args, 'format') ?? 'ndjson'
    const isOtlp = format === 'otlp'
    if (!isOtlp && format !== 'ndjson') throw usageFailure('there is no such format', 'one of: ndjson, otlp')
    if (isOtlp && wanted)
      throw usageFailure('payloads are not exported as OpenTelemetry', 'leave out --payloads')
    const folder = wanted ? await openForReading(context, 'ledger export') : openLedgerFolder(paths)
    if (wanted && folder.payloads === null) {
      throw damagedFailure('the payloads cannot be opened', `their key is expected in ${paths.vaultKey}`)
    }
    const domain = folder.reader.domain() ?? ''
    const lines = isOtlp
      ? otlpLines(domain, folder.events())
      : exportLines(domain, folder.records(), wanted ? folder.payloads : null)
    for (const line of lines) {
      if (!process.stdout.write(`${line}\n`))
        await new Promise((resolve) => process.stdout.once('drain', resolve))
    }
    return exitCodes.done
  },
}
