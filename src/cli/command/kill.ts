/**
 * `custos kill`: ends an agent's process for the kernel, with all it holds and all that was derived from it,
 * and then every program that the supervisor runs for that agent.
 */
import type { JsonObject } from '../../base/json.ts'
import { id } from '../../base/ids.ts'
import type { ProcessId } from '../../base/ids.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf, textOf } from '../kernel-client.ts'
import { findAgent } from '../lookup.ts'
import { signAndSend } from '../signing.ts'
import { askSupervisor } from '../supervisor-client.ts'
import { listUnits } from './ps.ts'
import { withKernel } from './with-kernel.ts'

/** Kills an agent's process. */
export const killCommand: Command = {
  name: 'kill',
  synopsis: 'AGENT|RUN|PROCESS [--reason TEXT]',
  summary: 'kill a process, its children and its programs; what it holds dies with it (signed)',
  details: [
    'An agent by its name, a run as custos ps shows it (run-3), or any process by its number.',
    'Nothing that is killed has to cooperate. Calls in flight are cancelled; what cannot be undone is reported.',
  ],
  flags: [{ name: 'reason', value: 'TEXT', about: 'why, for the record' }, ...signingFlags],
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const target = await findTarget(context, kernel, context.args.positionals[0] ?? '')
      const reason = valueOf(context.args, 'reason') ?? ''
      const action = { do: 'process.kill', process: id<ProcessId>(target.process), reason } as const
      const made = await signAndSend(context, kernel, action, [
        `(process ${target.process} is ${visible(target.name)})`,
      ])
      const stopped = await stopPrograms(context, target.isOf)
      context.out.result({ ...made, stopped }, [
        `Killed ${visible(target.name)}, recorded in #${numberOf(made, 'seq')}.`,
        ...stopped.map((unit) => `  stopped ${visible(unit)}`),
      ])
    }),
}

/** What is to be killed, and which units go with it. */
export interface Target {
  readonly process: number
  readonly name: string
  readonly isOf: (unit: JsonObject) => boolean
}

/** What `word` names: an agent, a run as `custos ps` shows it, or a process by its number. */
export async function findTarget(context: Context, kernel: KernelClient, word: string): Promise<Target> {
  const isHere = (unit: JsonObject): boolean => unit['domain'] === context.paths.domainName
  const ofProcess = (process: number, name: string): Target => {
    return { process, name, isOf: (unit) => isHere(unit) && unit['process'] === process }
  }
  if (/^\d+$/u.test(word)) return ofProcess(Number(word), `number ${word}`)
  const run = /^run-\d+$/u.test(word) ? await findRun(context, word) : null
  if (run !== null) return ofProcess(numberOf(run, 'process'), word)
  const { process, name } = await findAgent(kernel, word)
  return { process, name: `agent ${name}`, isOf: (unit) => isHere(unit) && unit['agent'] === name }
}

async function findRun(context: Context, name: string): Promise<JsonObject | null> {
  const units = await listUnits(context).catch((): readonly JsonObject[] => [])
  return units.find((unit) => textOf(unit, 'unit') === name) ?? null
}

/** Stops every unit that goes with it. The kernel has cut it off already. */
async function stopPrograms(
  context: Context,
  isOf: (unit: JsonObject) => boolean,
): Promise<readonly string[]> {
  const stopped: string[] = []
  for (const unit of await listUnits(context).catch((): readonly JsonObject[] => [])) {
    if (!isOf(unit) || textOf(unit, 'state') === 'exited') continue
    await askSupervisor(context.paths, { op: 'stop', unit: textOf(unit, 'unit') })
    stopped.push(textOf(unit, 'unit'))
  }
  return stopped
}
