/** `custos changes drop`: gives up what a run changed, or parts of it. */
import { dropRun } from '../changes/drop-changes.ts'
import type { Command } from '../command.ts'
import { visible } from '../escape.ts'
import { exitCodes } from '../exit.ts'

/** Drops. */
export const changesDropCommand: Command = {
  name: 'changes drop',
  synopsis: 'RUN [PATH…]',
  summary: 'give up what a run changed; the folder stays as it is',
  details: ['Without a path everything goes, and with it the run.'],
  flags: [],
  positionals: { fewest: 1, most: null },
  async run(context) {
    const [run = '', ...paths] = context.args.positionals
    const dropped = await dropRun(context, run, paths)
    const what = dropped === null ? 'all changes' : `${dropped} ${dropped === 1 ? 'change' : 'changes'}`
    context.out.result({ run, dropped }, [`Dropped ${what} of run ${visible(run)}.`])
    return exitCodes.done
  },
}
