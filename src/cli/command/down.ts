/**
 * `custos down`: stops everything in this home, in order, and waits until it is gone.
 */
import { bringDown } from '../boot.ts'
import type { Command } from '../command.ts'
import { exitCodes, unreachableFailure } from '../exit.ts'

/** Stops everything. */
export const downCommand: Command = {
  name: 'down',
  synopsis: '',
  summary: 'stop everything',
  details: ['Nothing is lost: calls in flight are settled when the kernel next boots.'],
  flags: [],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  async run({ paths, out }) {
    if (!(await bringDown(paths))) throw unreachableFailure(`nothing runs in ${paths.home}`)
    out.result({ down: true }, ['Custos is down.'])
    return exitCodes.done
  },
}
