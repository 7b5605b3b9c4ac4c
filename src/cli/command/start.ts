/**
 * `custos start`, which is `npm start`: sets up what is missing, boots, gives the tour on first start, and
 * serves until Ctrl-C.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { bringDown, bringUp } from '../boot.ts'
import type { Command, Context } from '../command.ts'
import { exitCodes } from '../exit.ts'
import { isFirstStart, prepareHome, prepareThrowAwayHome } from '../first-start.ts'
import { canAsk } from '../prompt.ts'
import { runTour } from '../tour/tour.ts'
import { statusCommand } from './status.ts'

/** Starts, tours and serves. */
export const startCommand: Command = {
  name: 'start',
  synopsis: '[--yes] [--once] [--skip-tour]',
  summary: 'set up, start, tour on first start, and serve until Ctrl-C',
  details: [
    'With --yes nothing is asked: on first start a throw-away operator key is made, whose passphrase lies',
    'beside it, and the tour approves with it. Use that for trying out only. --once stops after the tour.',
  ],
  flags: [
    { name: 'yes', about: 'ask nothing; make a throw-away operator key on first start' },
    { name: 'once', about: 'stop after the tour instead of serving' },
    { name: 'skip-tour', about: 'no tour on first start' },
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
    const { switches } = context.args
    const unattended = switches.has('yes')
    const first = isFirstStart(context)
    const key = first ? await (unattended ? prepareThrowAwayHome(context) : prepareHome(context)) : null
    const started = await bringUp(context.paths, context.out)
    const stop = stopOnSignal()
    try {
      if (key === null) context.out.note('This home was started before: no tour.')
      else if (switches.has('skip-tour')) context.out.note('Skipping the tour.')
      else if (unattended || canAsk()) await runTour(context, key, unattended, stop)
      else
        context.out.note(
          'There is no terminal to decide at: skipping the tour. With --yes it decides by itself.',
        )
      if (!switches.has('once')) await serve(context, stop)
    } finally {
      if (started) await bringDown(context.paths)
    }
    return exitCodes.done
  },
}

/** Aborted when the person wants to stop. */
function stopOnSignal(): AbortSignal {
  const stop = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort())
  return stop.signal
}

async function serve(context: Context, stop: AbortSignal): Promise<void> {
  await statusCommand.run(context)
  context.out.note('')
  context.out.note('Serving until Ctrl-C. Meanwhile, in another terminal:')
  for (const line of [
    'npx custos ledger tail -f        watch everything that happens',
    'npx custos approvals --watch     see what waits for you',
    'npx custos caps                  who may do what',
    'npx custos why SEQ               explain any of it',
    'npx custos halt                  stop everything now',
  ]) {
    context.out.note(`  ${line}`)
  }
  while (!stop.aborted) await sleep(60_000, undefined, { signal: stop }).catch(() => undefined)
  context.out.note('Stopping…')
}
