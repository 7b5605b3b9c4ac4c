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
import { numberOf, textOf } from '../kernel-client.ts'
import { findAgent } from '../lookup.ts'
import { signAndSend } from '../signing.ts'
import { askSupervisor } from '../supervisor-client.ts'
import { listUnits } from './status.ts'
import { withKernel } from './with-kernel.ts'

/** Kills an agent's process. */
export const killCommand: Command = {
  name: 'kill',
  synopsis: 'AGENT [--reason TEXT]',
  summary: 'kill an agent’s process and its programs; what it holds dies with it (signed)',
  details: [
    'Nothing of the agent has to cooperate. Calls in flight are cancelled; what cannot be undone is reported.',
  ],
  flags: [{ name: 'reason', value: 'TEXT', about: 'why, for the record' }, ...signingFlags],
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const agent = await findAgent(kernel, context.args.positionals[0] ?? '')
      const reason = valueOf(context.args, 'reason') ?? ''
      const action = { do: 'process.kill', process: id<ProcessId>(agent.process), reason } as const
      const made = await signAndSend(context, kernel, action, [
        `(process ${agent.process} is agent ${visible(agent.name)})`,
      ])
      const stopped = await stopPrograms(context, agent.name)
      context.out.result({ ...made, stopped }, [
        `Killed ${visible(agent.name)}, recorded in #${numberOf(made, 'seq')}.`,
        ...stopped.map((unit) => `  stopped ${visible(unit)}`),
      ])
    }),
}

/** Stops every program that the supervisor runs for the agent. The kernel has cut it off already. */
async function stopPrograms(context: Context, agent: string): Promise<readonly string[]> {
  const stopped: string[] = []
  for (const unit of await listUnits(context).catch((): readonly JsonObject[] => [])) {
    if (unit['agent'] !== agent || textOf(unit, 'state') === 'exited') continue
    await askSupervisor(context.paths, { op: 'stop', unit: textOf(unit, 'unit') })
    stopped.push(textOf(unit, 'unit'))
  }
  return stopped
}
