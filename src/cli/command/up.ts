/**
 * `custos up`: sets up what is missing, starts the supervisor and waits until the kernel serves.
 */
import { bringUp, superviseInForeground } from '../boot.ts'
import type { Command } from '../command.ts'
import type { ExitCode } from '../exit.ts'
import { CommandFailure, exitCodes } from '../exit.ts'
import { isFirstStart, prepareHome } from '../first-start.ts'
import { statusCommand } from './status.ts'

/** Starts everything. */
export const upCommand: Command = {
  name: 'up',
  synopsis: '[--foreground] [--operator NAME] [--passphrase-file FILE]',
  summary: 'start the supervisor, the kernel and the drivers',
  details: [
    'On first start it makes your operator key, outside the home, and asks for a passphrase.',
    'With --foreground the supervisor stays attached to this terminal until Ctrl-C.',
  ],
  flags: [
    { name: 'foreground', about: 'stay attached until Ctrl-C' },
    {
      name: 'operator',
      value: 'NAME',
      about: 'name of the operator key on first start (default: your user name)',
    },
    {
      name: 'passphrase-file',
      value: 'FILE',
      about: 'take the passphrase from a private file, for automation',
    },
  ],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    if (isFirstStart(context)) await prepareHome(context)
    if (context.args.switches.has('foreground')) return endedWith(await superviseInForeground(context.paths))
    const started = await bringUp(context.paths, context.out)
    context.out.note(started ? 'Custos is up.' : 'Custos was up already.')
    return statusCommand.run(context)
  },
}

function endedWith(code: number): ExitCode {
  if (code === 0) return exitCodes.done
  throw new CommandFailure(
    exitCodes.fault,
    `the supervisor ended with exit code ${code}`,
    'run: custos doctor',
  )
}
