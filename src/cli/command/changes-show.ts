/** `custos changes show`: what a run changed, as a diff, also while it runs. */
import type { Command } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { showChanges } from '../changes/show-changes.ts'

/** Shows it. */
export const changesShowCommand: Command = {
  name: 'changes show',
  synopsis: 'RUN [PATH…] [--stat]',
  summary: 'show what a run changed, line by line',
  details: [
    'Paths are relative to the folder of the run; a folder stands for all that is in it.',
    'What needs a look (links that lead out, hooks, scripts, executables, dot-files …) is marked with "!".',
  ],
  flags: [{ name: 'stat', about: 'the list alone, without the text' }],
  positionals: { fewest: 1, most: null },
  async run(context) {
    const [run = '', ...paths] = context.args.positionals
    await showChanges(context, run, { paths, isBrief: context.args.switches.has('stat') })
    return exitCodes.done
  },
}
