/**
 * `custos ledger replay`: folds the events again and shows the state they make. Replay asks nobody and
 * judges nothing; the root must be the one that the kernel published.
 */
import { evolve } from '../../kernel/evolve.ts'
import { stateRoot } from '../../kernel/root.ts'
import { initialState } from '../../kernel/state.ts'
import { valueOf } from '../arguments.ts'
import type { Command } from '../command.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import { openLedgerFolder } from '../ledger-folder.ts'
import { parseId } from '../lookup.ts'

/** Folds the ledger again. */
export const ledgerReplayCommand: Command = {
  name: 'ledger replay',
  synopsis: '[--at SEQ]',
  summary: 'fold the events again and show the state and its root',
  details: ['Needs only the folder. With --at the state as it was after that event.'],
  flags: [{ name: 'at', value: 'SEQ', about: 'stop after this event' }],
  positionals: { fewest: 0, most: 0 },
  run({ args, out, paths }) {
    const word = valueOf(args, 'at')
    const last = word === null ? Number.MAX_SAFE_INTEGER : parseId(word, 'a position in the ledger')
    const state = initialState()
    for (const event of openLedgerFolder(paths).events()) {
      if (event.seq > last) break
      evolve(state, event)
    }
    if (word !== null && state.seq < last)
      throw usageFailure(`the ledger has no event ${last}`, 'see: custos ledger tail')
    const summary = {
      seq: state.seq,
      at: state.at,
      root: stateRoot(state),
      domain: state.domain?.name ?? null,
      halted: state.halted !== null,
      boot: state.boot,
      operators: state.operators.size,
      agents: state.agents.size,
      drivers: state.drivers.size,
      capabilities: state.capabilities.size,
      calls: state.calls.size,
    }
    out.result(summary, [
      `after #${summary.seq}, ${showInstant(summary.at)}, domain ${visible(summary.domain ?? 'none')}${summary.halted ? ', halted' : ''}`,
      `  root ${summary.root}`,
      `  ${summary.operators} operators, ${summary.agents} agents, ${summary.drivers} drivers`,
      `  ${summary.capabilities} capabilities, ${summary.calls} open calls, boot ${summary.boot}`,
    ])
    return Promise.resolve(exitCodes.done)
  },
}
