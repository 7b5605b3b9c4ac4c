/**
 * `custos halt`: stops every agent, adapter and driver at once, without asking the kernel. Anybody who can
 * reach the supervisor may halt; only an operator's signed resume undoes it.
 */
import { mkdirSync } from 'node:fs'
import { haltRecord } from '../../supervisor/halt-file.ts'
import { HaltFiles } from '../../supervisor/halt-files.ts'
import { everything } from '../../supervisor/scope.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { CommandFailure, exitCodes } from '../exit.ts'
import { numberOf } from '../kernel-client.ts'
import { askSupervisor, reachSupervisor } from '../supervisor-client.ts'
import { userName } from '../user-name.ts'

/** Halts the domain. */
export const haltCommand: Command = {
  name: 'halt',
  synopsis: '[--reason TEXT]',
  summary: 'stop every agent and driver now; only a signed resume starts them again',
  details: ['If no supervisor runs, the halt file is written and the next start boots halted.'],
  flags: [{ name: 'reason', value: 'TEXT', about: 'why, for the record' }],
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const { paths, out, args } = context
    const reason = valueOf(args, 'reason') ?? ''
    const by = userName()
    const running = await reachSupervisor(paths)
    running?.close()
    if (running === null) {
      writeHaltFile(context, by, reason)
      out.result({ halted: true, running: false }, [
        'Nothing runs here. The halt file is written: the next start boots halted.',
      ])
      return exitCodes.done
    }
    const { header } = await askSupervisor(paths, { op: 'halt', by, reason })
    const killed = numberOf(header, 'killed')
    const tookMicros = numberOf(header, 'tookMicros')
    out.result({ halted: true, running: true, killed, tookMicros }, [
      `Halted: ${killed} units killed in ${(tookMicros / 1000).toFixed(1)} ms.`,
      'Nothing runs again until an operator signs: custos resume',
    ])
    return exitCodes.done
  },
}

/** The way the supervisor itself writes it, so that its next start finds what it expects. */
function writeHaltFile({ paths }: Context, requestedBy: string, reason: string): void {
  mkdirSync(paths.supervisorFolder, { recursive: true, mode: 0o700 })
  const file = new HaltFiles(paths.supervisorFolder).of(everything)
  if (file.write(haltRecord(Date.now(), requestedBy, reason)) && file.sync()) return
  throw new CommandFailure(
    exitCodes.fault,
    `the halt file ${paths.haltFile} cannot be written`,
    'make room on that disk',
  )
}
