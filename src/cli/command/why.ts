/**
 * `custos why`: explains one event from the ledger folder alone, verifying the signatures it cites.
 */
import type { Command } from '../command.ts'
import { visible } from '../escape.ts'
import { damagedFailure, exitCodes, usageFailure } from '../exit.ts'
import { openLedgerFolder } from '../ledger-folder.ts'
import { offlineFlag, openForReading } from '../recorded-reading.ts'
import type { LedgerView } from '../ledger-view.ts'
import { parseId } from '../lookup.ts'
import { asOf } from '../past/at.ts'
import { explain, lastOfCall } from '../why.ts'
import { explanationJson, showExplanation } from '../why-rendering.ts'

/** Explains one event, or what became of a call. */
export const whyCommand: Command = {
  name: 'why',
  synopsis: 'EVENT|CALL [--offline]',
  summary: 'explain an event: who, because of what, under which authority, on whose order',
  details: [
    'EVENT is a position in the ledger, for example 12 or #12; CALL is call-3, and means its last event.',
    'Terms are those of that moment. Every chain is followed up to a signed order and the person behind it.',
    'Read from the ledger folder alone; where nothing runs, arguments are shown only with --offline. Every',
    'signature it cites is verified,',
    'and if one does not hold the exit code is 4.',
  ],
  flags: [offlineFlag],
  asOf: true,
  positionals: { fewest: 1, most: 1 },
  async run(context) {
    const { args, out, past, paths } = context
    const seq = seqNamed(asOf(openLedgerFolder(paths), past), args.positionals[0] ?? '')
    const view = asOf(await openForReading(context, `why ${seq}`, { from: seq, to: seq }), past)
    const explanation = explain(view, seq)
    if (explanation === null) throw usageFailure(`the ledger has no event ${seq}`, 'see: custos ledger tail')
    out.result(explanationJson(explanation), showExplanation(explanation))
    if (!explanation.sound)
      throw damagedFailure('a signature cited here does not hold', 'run: custos ledger verify')
    return exitCodes.done
  },
}

function seqNamed(view: LedgerView, word: string): number {
  const call = /^call-(?<call>[1-9]\d{0,14})$/u.exec(word)?.groups?.['call']
  if (call === undefined) return parseId(word, 'a position in the ledger, or a call')
  const seq = lastOfCall(view, Number(call))
  if (seq === null) throw usageFailure(`the ledger has no ${visible(word)}`, 'see: custos ledger tail')
  return seq
}
