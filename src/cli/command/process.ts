/**
 * `custos process list|freeze|thaw|weigh`: the processes that the kernel knows, whether anything of them runs, and
 * what each gets beside the others.
 */
import { id } from '../../base/ids.ts'
import type { ProcessId } from '../../base/ids.ts'
import { shareLimits } from '../../kernel/schedule/share.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import { numberOf } from '../kernel-client.ts'
import { listProcesses, showProcesses } from '../process-table.ts'
import { signAndSend } from '../signing.ts'
import { findTarget } from './kill.ts'
import { withKernel } from './with-kernel.ts'

const { leastWeight, mostWeight, mostPriority } = shareLimits
const positionals = { fewest: 1, most: 1 } as const

/** Lists processes. */
export const processListCommand: Command = {
  name: 'process list',
  synopsis: '',
  summary: 'list processes, where they stand, their weight and priority',
  details: [
    'A process waits when calls of it are held for a person and none is under way. WEIGHT and PRIORITY of a child',
    'count beside the other processes of its agent, those of an agent beside all other agents.',
  ],
  flags: [],
  asOf: true,
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const processes = await listProcesses(kernel)
      context.out.result(processes, showProcesses(processes, context.paths.domainName))
    }),
}

/** Freezes a process. */
export const processFreezeCommand: Command = {
  name: 'process freeze',
  synopsis: 'AGENT|RUN|PROCESS',
  summary: 'keep all a process has and run nothing of it, nor of its children (signed)',
  details: [
    'Its connections stay, and so do its calls that are held or have not left. What has left comes back. Its',
    'programs are not stopped, but whatever they ask is refused. To stop them too: custos halt or custos kill.',
  ],
  flags: signingFlags,
  positionals,
  run: (context) => govern(context, 'process.freeze'),
}

/** Thaws a process. */
export const processThawCommand: Command = {
  name: 'process thaw',
  synopsis: 'AGENT|RUN|PROCESS',
  summary: 'let a frozen process go on (signed)',
  details: ['What waited goes on where it was. Timers that became due meanwhile fire.'],
  flags: signingFlags,
  positionals,
  run: (context) => govern(context, 'process.thaw'),
}

/** Weighs a process. */
export const processWeighCommand: Command = {
  name: 'process weigh',
  synopsis: 'AGENT|RUN|PROCESS [--weight N] [--priority N]',
  summary: 'say what a process gets beside others, and how soon (signed)',
  details: [
    'While several wait for the same driver, each gets turns in proportion to its weight; a higher priority goes',
    'first, but nothing that waits is passed over for ever. What is not named stays as it is.',
  ],
  flags: [
    { name: 'weight', value: 'N', about: `from ${leastWeight} to ${mostWeight}; 100 is ordinary` },
    { name: 'priority', value: 'N', about: `from 0 to ${mostPriority}; 2 is ordinary` },
    ...signingFlags,
  ],
  positionals,
  run: (context) =>
    withKernel(context, async (kernel) => {
      const { args } = context
      const [weight, priority] = [wholeOf(context, 'weight'), wholeOf(context, 'priority')]
      if (weight === null && priority === null)
        throw usageFailure('nothing is to be changed', 'name --weight, --priority or both')
      const { process, name } = await findTarget(context, kernel, args.positionals[0] ?? '')
      const now = (await listProcesses(kernel)).find((entry) => numberOf(entry, 'process') === process) ?? {}
      const action = {
        do: 'process.weigh',
        process: id<ProcessId>(process),
        weight: weight ?? numberOf(now, 'weight'),
        priority: priority ?? numberOf(now, 'priority'),
      } as const
      const made = await signAndSend(context, kernel, action, [`(process ${process} is ${visible(name)})`])
      context.out.result(made, [
        `${visible(name)} has weight ${action.weight} and priority ${action.priority}, recorded in #${numberOf(made, 'seq')}.`,
      ])
    }),
}

function govern(context: Context, what: 'process.freeze' | 'process.thaw'): ReturnType<typeof withKernel> {
  return withKernel(context, async (kernel) => {
    const { process, name } = await findTarget(context, kernel, context.args.positionals[0] ?? '')
    const action = { do: what, process: id<ProcessId>(process) }
    const made = await signAndSend(context, kernel, action, [`(process ${process} is ${visible(name)})`])
    const done = what === 'process.freeze' ? 'Froze' : 'Thawed'
    context.out.result(made, [`${done} ${visible(name)}, recorded in #${numberOf(made, 'seq')}.`])
  })
}

function wholeOf({ args }: Context, flag: 'weight' | 'priority'): number | null {
  const word = valueOf(args, flag)
  if (word === null) return null
  const [least, most] = flag === 'weight' ? [leastWeight, mostWeight] : [0, mostPriority]
  const number = /^\d{1,4}$/u.test(word) ? Number(word) : -1
  if (number >= least && number <= most) return number
  throw usageFailure(`--${flag} ${visible(word)} is not a whole number from ${least} to ${most}`)
}
