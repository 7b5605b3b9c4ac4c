/** `custos hold place|release|list`: legal holds, which nothing is erased or thrown away against. */
import type { Instant, ProcessId, Seq } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { HoldScope } from '../../kernel/privacy/action.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { parseDuration } from '../duration.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listOf, numberOf, textOf } from '../kernel-client.ts'
import { parseId } from '../lookup.ts'
import { table } from '../output.ts'
import { showScope } from '../privacy-rendering.ts'
import { signAndSend } from '../signing.ts'
import { subjectNumbered } from '../subjects.ts'
import { findTarget } from './kill.ts'
import { withKernel } from './with-kernel.ts'

const instantPattern = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?Z?)?$/u

/** Places a hold. */
export const holdPlaceCommand: Command = {
  name: 'hold place',
  synopsis: '[--subject NAME] [--process AGENT|RUN|PROCESS] [--since TIME] [--until TIME] --reason TEXT',
  summary: 'keep what a court or an auditor may ask for: nothing it covers is erased or thrown away (signed)',
  details: [
    'Without --subject and --process it covers everybody; without --since and --until, all time. A hold on a process',
    'is one on the subject that the process works for. TIME is 2026-11-20, 2026-11-20T09:00 (UTC), or 30d ago.',
  ],
  flags: [
    { name: 'subject', value: 'NAME', about: 'a name or number of custos subject list' },
    { name: 'process', value: 'NAME', about: 'the subject that this process works for' },
    { name: 'since', value: 'TIME', about: 'from when on' },
    { name: 'until', value: 'TIME', about: 'until when' },
    { name: 'reason', value: 'TEXT', about: 'why; whoever is refused is told' },
    ...signingFlags,
  ],
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const reason = valueOf(context.args, 'reason') ?? ''
      if (reason === '') throw usageFailure('a hold says why', 'custos hold place --reason TEXT')
      const scope = await scopeOf(context, kernel)
      const made = await signAndSend(context, kernel, { do: 'hold.place', reason, ...scope })
      const seq = numberOf(made, 'seq')
      context.out.result({ ...made, hold: seq }, [`Hold ${seq} is on ${showScope(scope)}.`])
    }),
}

/** Releases a hold. */
export const holdReleaseCommand: Command = {
  name: 'hold release',
  synopsis: 'HOLD [--reason TEXT]',
  summary: 'end a legal hold (signed)',
  details: [],
  flags: [{ name: 'reason', value: 'TEXT', about: 'why; recorded' }, ...signingFlags],
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const hold = id<Seq>(parseId(context.args.positionals[0] ?? '', 'the number of a hold'))
      const reason = valueOf(context.args, 'reason') ?? ''
      const made = await signAndSend(context, kernel, { do: 'hold.release', hold, reason })
      context.out.result(made, [`Hold ${hold} is over, recorded in #${numberOf(made, 'seq')}.`])
    }),
}

/** Lists holds. */
export const holdListCommand: Command = {
  name: 'hold list',
  synopsis: '',
  summary: 'list the legal holds in force',
  details: [],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const holds = listOf(await kernel.query('holds'))
      const rows = holds.map((entry) => [
        String(numberOf(entry, 'hold')),
        visible(textOf(entry, 'operatorName')),
        showScope(heldBy(entry)),
        visible(textOf(entry, 'reason')),
      ])
      context.out.result(
        holds,
        rows.length === 0 ? ['Nothing is held.'] : table([['HOLD', 'BY', 'ON', 'REASON'], ...rows]),
      )
    }),
}

async function scopeOf(context: Context, kernel: KernelClient): Promise<HoldScope> {
  const { args } = context
  const [subject, process] = [valueOf(args, 'subject'), valueOf(args, 'process')]
  if (subject !== null && process !== null)
    throw usageFailure('--subject and --process name the same thing in two ways', 'choose one')
  const [since, until] = [timeOf(valueOf(args, 'since')), timeOf(valueOf(args, 'until'))]
  return {
    ...(subject === null ? {} : { subject: await subjectNumbered(kernel, subject) }),
    ...(process === null
      ? {}
      : { process: id<ProcessId>((await findTarget(context, kernel, process)).process) }),
    ...(since === null ? {} : { since }),
    ...(until === null ? {} : { until }),
  }
}

function timeOf(text: string | null): Instant | null {
  if (text === null) return null
  const ago = parseDuration(text.replace(/ ago$/u, ''))
  if (ago.ok) return id<Instant>(Date.now() - ago.value)
  const at = instantPattern.test(text) ? Date.parse(/Z$|^[^T]*$/u.test(text) ? text : `${text}Z`) : Number.NaN
  if (Number.isNaN(at))
    throw usageFailure(`"${visible(text)}" is not a time`, 'for example 2026-11-20T09:00 or 30d')
  return id<Instant>(at)
}

function heldBy(entry: JsonObject): HoldScope {
  const known = (name: string): object => (typeof entry[name] === 'number' ? { [name]: entry[name] } : {})
  return { ...known('subject'), ...known('process'), ...known('since'), ...known('until') }
}
