/**
 * `custos halt`: stops everything, or one domain, agent or process, at once and without asking the kernel. Anybody
 * who can reach the supervisor may halt; only an operator's signed resume undoes it.
 */
import { mkdirSync } from 'node:fs'
import type { Scope } from '../../supervisor/scope.ts'
import { everything } from '../../supervisor/scope.ts'
import { haltRecord } from '../../supervisor/halt-file.ts'
import { HaltFiles } from '../../supervisor/halt-files.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'
import type { ChosenScope } from '../halt-scope.ts'
import { chosenScope, scopeFlags, scopeRequest, scopeWords } from '../halt-scope.ts'
import { numberOf } from '../kernel-client.ts'
import { askSupervisor, reachSupervisor } from '../supervisor-client.ts'
import { userName } from '../user-name.ts'

/** Halts a scope. */
export const haltCommand: Command = {
  name: 'halt',
  synopsis: '[--domain NAME] [--agent AGENT | --process PROCESS] [--reason TEXT]',
  summary: 'stop everything, or a part, now; only a signed resume starts it again',
  details: [
    'Without a scope it stops every agent, driver and kernel of this home.',
    'If no supervisor runs, the halt file is written and the next start boots halted.',
  ],
  flags: [...scopeFlags, { name: 'reason', value: 'TEXT', about: 'why, for the record' }],
  isHomeWide: true,
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const { paths, out, args } = context
    const scope = chosenScope(context)
    const reason = valueOf(args, 'reason') ?? ''
    const by = userName()
    const running = await reachSupervisor(paths)
    running?.close()
    if (running === null) {
      writeHaltFile(context, fileScope(scope), { by, reason })
      out.result({ halted: true, running: false, scope: scopeRequest(scope) }, [
        `Nothing runs here. The halt file of ${scopeWords(scope)} is written: the next start boots halted.`,
      ])
      return exitCodes.done
    }
    const { header } = await askSupervisor(paths, { op: 'halt', ...scopeRequest(scope), by, reason })
    const killed = numberOf(header, 'killed')
    const tookMicros = numberOf(header, 'tookMicros')
    out.result({ halted: true, running: true, scope: scopeRequest(scope), killed, tookMicros }, [
      `Halted ${scopeWords(scope)}: ${killed} units killed in ${(tookMicros / 1000).toFixed(1)} ms.`,
      `Nothing of it runs again until an operator signs: custos resume${resumeFlags(scope)}`,
    ])
    return exitCodes.done
  },
}

function resumeFlags(scope: ChosenScope): string {
  const { domain, agent, process } = scope
  const flags = Object.entries({ domain: domain ?? undefined, agent, process })
  return flags.map(([name, value]) => (value === undefined ? '' : ` --${name} ${value}`)).join('')
}

/** Without a supervisor nobody knows who has a name. */
function fileScope({ domain, agent, process }: ChosenScope): Scope {
  if (domain === null) return everything
  if (process !== undefined) return { kind: 'process', domain, process }
  if (agent === undefined) return { kind: 'domain', domain }
  if (typeof agent === 'number') return { kind: 'agent', domain, agent }
  throw usageFailure('nothing runs here, so agents are known by number only', 'custos ledger show names them')
}

/** The way the supervisor itself writes it, so that its next start finds what it expects. */
function writeHaltFile(
  { paths }: Context,
  scope: Scope,
  { by, reason }: { readonly by: string; readonly reason: string },
): void {
  mkdirSync(paths.supervisorFolder, { recursive: true, mode: 0o700 })
  const file = new HaltFiles(paths.supervisorFolder).of(scope)
  if (file.write(haltRecord(Date.now(), by, reason)) && file.sync()) return
  throw new CommandFailure(
    exitCodes.fault,
    `the halt file in ${paths.supervisorFolder} cannot be written`,
    'make room on that disk',
  )
}
