/**
 * `custos why`: explains one event from the ledger folder alone, verifying the signatures it cites.
 */
import type { Command } from '../command.ts'
import { damagedFailure, exitCodes, usageFailure } from '../exit.ts'
import { openLedgerFolder } from '../ledger-folder.ts'
import { parseId } from '../lookup.ts'
import { explain } from '../why.ts'
import { explanationJson, showExplanation } from '../why-rendering.ts'

/** Explains one event. */
export const whyCommand: Command = {
  name: 'why',
  synopsis: 'SEQ',
  summary: 'explain an event: who, because of what, under which authority, approved by whom',
  details: [
    'Read from the ledger folder alone; nothing needs to run. Every signature it cites is verified,',
    'and if one does not hold the exit code is 4.',
  ],
  flags: [],
  positionals: { fewest: 1, most: 1 },
  run({ args, out, paths }) {
    const seq = parseId(args.positionals[0] ?? '', 'a position in the ledger')
    const explanation = explain(openLedgerFolder(paths), seq)
    if (explanation === null) throw usageFailure(`the ledger has no event ${seq}`, 'see: custos ledger tail')
    out.result(explanationJson(explanation), showExplanation(explanation))
    if (!explanation.sound)
      throw damagedFailure('a signature cited here does not hold', 'run: custos ledger verify')
    return Promise.resolve(exitCodes.done)
  },
}
