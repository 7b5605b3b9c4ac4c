/**
 * `custos unused`: rights that nobody used, from the ledger folder alone, and with `--narrow` taken away in one
 * signed step. Authority that is never used only serves whoever takes an agent over.
 */
import type { OrderAction } from '../../kernel/command.ts'
import { valueOf } from '../arguments.ts'
import { unusedJson, showUnused } from '../authority/unused-rendering.ts'
import type { UnusedReport } from '../authority/unused.ts'
import { findUnused, narrowingOrders } from '../authority/unused.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { parseDuration } from '../duration.ts'
import { visible } from '../escape.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import { numberOf } from '../kernel-client.ts'
import { openLedgerFolder } from '../ledger-folder.ts'
import { offlineFlag, openForReading } from '../recorded-reading.ts'
import { parseId } from '../lookup.ts'
import { signEach } from '../signing.ts'
import { withKernel } from './with-kernel.ts'

const dayMs = 86_400_000
const defaultSinceMs = 30 * dayMs
/** Fewer calls say nothing about the arguments that will be needed. */
const leastCalls = 5

/** Lists what was never used. */
export const unusedCommand: Command = {
  name: 'unused',
  synopsis: '[CAP…] [--since 30d] [--narrow] …',
  summary: 'list rights that were never used, and take them away in one signed step',
  details: [
    'Capabilities, selectors, arguments and ranges of arguments, from the ledger folder alone. A right is',
    'used when a call that needs it was admitted. Arguments are judged from five calls on.',
    'With --narrow everything listed is taken away: what was not used at all is revoked, the rest is',
    'narrowed to what was used. Capabilities younger than --since are left alone without --also-young.',
  ],
  flags: [
    { name: 'since', value: 'DURATION', about: 'not used in the last 30d, 8h, … (default: 30d)' },
    { name: 'keep-arguments', about: 'look at capabilities and selectors only' },
    { name: 'narrow', about: 'take away what is listed (signed)' },
    { name: 'also-young', about: 'with --narrow: also from what is younger than --since' },
    offlineFlag,
    ...signingFlags,
  ],
  positionals: { fewest: 0, most: null },
  async run(context) {
    const { args, out } = context
    const report = await reportFor(context)
    if (report.usage.countedOnly > 0)
      out.note(`${report.usage.countedOnly} refusals were counted only; refusals are not uses.`)
    if (!args.switches.has('narrow')) {
      out.result(unusedJson(report), showUnused(report))
      return exitCodes.done
    }
    return narrow(context, report)
  },
}

async function reportFor(context: Context): Promise<UnusedReport> {
  const { args, paths, out } = context
  const isSealed = args.switches.has('keep-arguments')
  const view = isSealed ? openLedgerFolder(paths) : await openForReading(context, 'unused')
  if (view.payloads === null && !isSealed)
    out.note('The arguments are not open here: only capabilities and selectors are judged.')
  const since = parseDuration(valueOf(args, 'since') ?? '')
  if (valueOf(args, 'since') !== null && !since.ok) throw usageFailure(visible(since.error))
  const now = Date.now()
  const question = { nowMs: now, sinceMs: now - (since.ok ? since.value : defaultSinceMs), leastCalls }
  const report = findUnused(view, { ...question, arguments: !args.switches.has('keep-arguments') })
  if (args.positionals.length === 0) return report
  const named = new Set(args.positionals.map((word) => parseId(word, 'a capability id')))
  return { ...report, findings: report.findings.filter(({ level }) => named.has(level.capability)) }
}

async function narrow(context: Context, report: UnusedReport): Promise<number> {
  const { args, out } = context
  const orders = narrowingOrders(report.findings, args.switches.has('also-young'))
  for (const line of showUnused(report)) out.note(line)
  if (orders.length === 0) {
    out.result([], ['Nothing is taken away.'])
    return exitCodes.done
  }
  return withKernel(context, async (kernel) => {
    const planned = orders.map((action) => ({ action, remarks: [] }))
    await signEach(context, kernel, planned, (made, index) => {
      const action = orders[index]
      if (action !== undefined) out.result(made, [told(action, numberOf(made, 'seq'))])
    })
  })
}

function told(action: OrderAction, seq: number): string {
  if (!('capability' in action)) return `Recorded in #${seq}.`
  const done = action.do === 'capability.revoke' ? 'Revoked' : 'Narrowed'
  return `${done} c${action.capability}, recorded in #${seq}.`
}
