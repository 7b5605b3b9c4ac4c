/**
 * `custos ledger find`: the newest events of a process, under a capability, of a kind, by an operator, in a time; or of
 * several of these at once. Looked up in the index files beside the ledger, which are made as they are needed. Or what
 * followed from an event, read on from there.
 */
import type { EventKind } from '../../kernel/event.ts'
import { eventCodes } from '../../kernel/event-codes.ts'
import type { EventQuery } from '../../ledger/reading/ledger-index.ts'
import type { ParsedArguments } from '../arguments.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { visible } from '../escape.ts'
import { showEventLine } from '../event-rendering.ts'
import type { ExitCode } from '../exit.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import { followingOf } from '../following.ts'
import { parseInstant } from '../instant.ts'
import type { LedgerFolder } from '../ledger-folder.ts'
import { openLedgerFolder, orDamaged } from '../ledger-folder.ts'
import { parseCount, parseId } from '../lookup.ts'
import type { Names } from '../names.ts'
import { namesUpTo } from '../names-of.ts'
import { asOf } from '../past/at.ts'
import { nearest } from '../suggest.ts'
import { eventJson } from '../why-rendering.ts'

/** A call that waited for a person longer than this many events is found by asking for more. */
const defaultWithin = 100_000

/** Finds events. */
export const ledgerFindCommand: Command = {
  name: 'ledger find',
  synopsis:
    '[--process WHO] [--capability CAP] [--kind KIND] [--operator WHO] [--since T] [--until T] [-n COUNT] | --cause EVENT [--within COUNT] [-n COUNT]',
  summary:
    'find the newest events of a process, a capability, a kind, an operator or a time, or what an event led to',
  details: [
    'What is given must hold together. T is 2026-11-20T09:00 (UTC), 2026-11-20 or 2h (ago).',
    'A call belongs to the process that asked for it, and so do its decisions and its outcome.',
    'With --cause: what followed from that event, and from what followed, the oldest first. The ledger is read on',
    'from there, and no further than --within events after the last one found.',
  ],
  flags: [
    { name: 'process', value: 'WHO', about: 'an agent, a driver, or the number of a process' },
    { name: 'capability', value: 'CAP', about: 'made, changed, ended or used, for example c12' },
    { name: 'kind', value: 'KIND', about: 'for example call.admitted' },
    { name: 'operator', value: 'WHO', about: 'a name or number' },
    { name: 'since', value: 'T', about: 'only from then on' },
    { name: 'until', value: 'T', about: 'only before then' },
    { name: 'cause', value: 'EVENT', about: 'what followed from this event, for example 12 or #12' },
    { name: 'within', value: 'COUNT', about: `with --cause, how far to read on (default ${defaultWithin})` },
    { name: 'lines', short: 'n', value: 'COUNT', about: 'at most so many (default 20)' },
  ],
  asOf: true,
  positionals: { fewest: 0, most: 0 },
  run(context) {
    const { args, out, paths, past } = context
    const folder = openLedgerFolder(paths)
    const moment = { seq: past?.seq ?? folder.index.end, atMs: past?.atMs ?? Date.now() }
    const names = namesUpTo(folder, moment.seq)
    const limit = parseCount(valueOf(args, 'lines') ?? '20')
    const cause = valueOf(args, 'cause')
    if (cause !== null) return showFollowing(context, { folder, names, limit, cause })
    if (valueOf(args, 'within') !== null) throw usageFailure('--within goes with --cause')
    const found = orDamaged(folder.index.newest(queryOf(args, { folder, names, moment }), limit))
    for (const seq of found.toReversed()) {
      const event = folder.event(seq)
      if (event !== null) out.result(eventJson(event), [showEventLine(event, names)])
    }
    if (found.length === 0) out.note('Nothing of that is in the ledger.')
    return Promise.resolve(exitCodes.done)
  },
}

interface FollowingQuestion {
  readonly folder: LedgerFolder
  readonly names: Names
  readonly limit: number
  readonly cause: string
}

function showFollowing(
  { args, out, past }: Context,
  { folder, names, limit, cause }: FollowingQuestion,
): Promise<ExitCode> {
  const other = ['process', 'capability', 'kind', 'operator', 'since', 'until'].find(
    (name) => valueOf(args, name) !== null,
  )
  if (other !== undefined) throw usageFailure(`--cause does not go with --${other}`)
  const within = parseCount(valueOf(args, 'within') ?? String(defaultWithin))
  const seq = parseId(cause, 'a position in the ledger')
  if (folder.event(seq) === null || seq > (past?.seq ?? Infinity))
    throw usageFailure(`the ledger has no event ${seq}`, 'see: custos ledger tail')
  const { events, readTo, ended } = followingOf(asOf(folder, past).events(seq + 1), seq, { within, limit })
  for (const event of events) out.result(eventJson(event), [showEventLine(event, names)])
  if (events.length === 0) out.note(`Nothing followed from event ${seq}.`)
  if (ended === 'limit') out.note(`Read up to event ${readTo}: -n COUNT shows more.`)
  if (ended === 'within') out.note(`Read up to event ${readTo}: --within COUNT reads further.`)
  return Promise.resolve(exitCodes.done)
}

interface FindingGround {
  readonly folder: LedgerFolder
  readonly names: Names
  /** The last event that is looked at, and what the clock says. */
  readonly moment: { readonly seq: number; readonly atMs: number }
}

function queryOf(
  args: ParsedArguments,
  { folder: { index }, names, moment }: FindingGround,
): EventQuery & { readonly before: number } {
  const given = <T>(name: string, meaning: (word: string) => T): { readonly [name: string]: T } => {
    const word = valueOf(args, name)
    return word === null ? {} : { [name]: meaning(word) }
  }
  const positionAt = (word: string): number => {
    const at = parseInstant(word, moment.atMs)
    if (!at.ok) throw usageFailure(visible(at.error))
    return orDamaged(index.firstNotBefore(at.value))
  }
  const { since, until } = { ...given('since', positionAt), ...given('until', positionAt) }
  return {
    ...given('process', (word) => idNamed(word, [...names.processes, ...names.drivers], 'a process')),
    ...given('capability', (word) => parseId(word, 'a capability')),
    ...given('kind', kindNamed),
    ...given('operator', (word) =>
      idNamed(
        word,
        [...names.operators].map(([id, { name }]) => [id, name]),
        'an operator',
      ),
    ),
    ...(since === undefined ? {} : { from: since }),
    before: Math.min(until ?? Infinity, moment.seq + 1),
  }
}

/** The newest that has that name, else the number itself. */
function idNamed(word: string, known: readonly (readonly [number, string])[], what: string): number {
  const named = known.findLast(([, name]) => name === word)
  return named === undefined ? parseId(word, `${what} that is known here`) : named[0]
}

function kindNamed(word: string): EventKind {
  const kinds = Object.keys(eventCodes) as EventKind[]
  const found = kinds.find((kind) => kind === word)
  if (found !== undefined) return found
  const guess = nearest(word, kinds)
  throw usageFailure(
    `there is no kind of event "${visible(word)}"`,
    guess === null ? 'docs/ledger-format.md lists them' : `did you mean ${guess}?`,
  )
}
