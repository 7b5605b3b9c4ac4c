/**
 * `custos at WHEN COMMAND …`: runs a command that only looks on the state of then. The command is the same one; only
 * what answers it is another.
 */
import type { ParsedArguments } from '../arguments.ts'
import { parseArguments, valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { flagsOf } from '../command.ts'
import type { FoundCommand } from '../command-files.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import { inDomain } from '../home.ts'
import type { LedgerLookup, LedgerView } from '../ledger-view.ts'
import { openLedgerFolder } from '../ledger-folder.ts'
import { offlineFlag, openForReading } from '../recorded-reading.ts'
import { pastKernel } from './past-kernel.ts'
import { momentNamed, stateThen } from './past.ts'

/** The command and its arguments, or what is wrong with them. */
export function parsePastCommand(
  found: FoundCommand | null,
  words: readonly string[],
): { readonly command: Command; readonly args: ParsedArguments } {
  if (found?.command.asOf !== true)
    throw usageFailure(
      `${visible(words.slice(0, found?.words ?? 1).join(' '))} ${found === null ? 'is no command' : 'cannot be looked at as it was: it does not only look, or looks at more than the ledger'}`,
      'those that can: custos at --help',
    )
  const { command } = found
  const flags = flagsOf(command)
  const all = flags.some(({ name }) => name === offlineFlag.name) ? flags : [...flags, offlineFlag]
  const parsed = parseArguments(words.slice(found.words), all)
  if (!parsed.ok) throw usageFailure(visible(parsed.error), `see: custos ${command.name} --help`)
  return { command, args: parsed.value }
}

/** The context in which a command finds the kernel as it was at `when`. */
export function atMoment(context: Context, when: string, command: Command): Context {
  const { out } = context
  // A command about the whole home looks at one domain here: there are as many pasts as domains.
  const paths = inDomain(context.paths, valueOf(context.args, 'domain') ?? context.paths.domainName)
  const moment = momentNamed(paths, when, Date.now())
  if (!out.json) out.note(`As it was ${moment.words}:`)
  return {
    ...context,
    paths,
    past: {
      ...moment,
      connect: async () => {
        const showsArguments = command.name === 'approvals'
        const range = { from: 1, to: moment.seq }
        const folder = showsArguments
          ? await openForReading(context, `at ${moment.seq} ${command.name}`, range)
          : openLedgerFolder(paths)
        return pastKernel(stateThen(paths, moment), moment, folder)
      },
    },
  }
}

function lookupUpTo(lookup: LedgerLookup, seq: number): LedgerLookup {
  return {
    end: Math.min(lookup.end, seq),
    at: (at) => (at > seq ? null : lookup.at(at)),
    newest: (query, limit) =>
      lookup.newest({ ...query, before: Math.min(query.before ?? Infinity, seq + 1) }, limit),
    stateAfter: (at) => lookup.stateAfter(Math.min(at, seq)),
  }
}

/** The ledger as it was then: nothing after that moment. Without one, all of it. */
export function asOf(view: LedgerView, past: Context['past']): LedgerView {
  if (past === undefined) return view
  return {
    *events(from) {
      for (const event of view.events(from)) {
        if (event.seq > past.seq) return
        yield event
      }
    },
    payload: (event) => view.payload(event),
    ...(view.lookup === undefined ? {} : { lookup: lookupUpTo(view.lookup, past.seq) }),
  }
}
