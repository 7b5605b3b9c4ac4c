/**
 * `custos ledger find`: the newest events of a process, under a capability, of a kind, by an operator, in a time; or of
 * several of these at once. Looked up in the index files beside the ledger, which are made as they are needed.
 */
import type { EventKind } from '../../kernel/event.ts'
import { eventCodes } from '../../kernel/event-codes.ts'
import type { EventQuery } from '../../ledger/reading/ledger-index.ts'
import type { ParsedArguments } from '../arguments.ts'
import { valueOf } from '../arguments.ts'
import type { Command } from '../command.ts'
import { visible } from '../escape.ts'
import { showEventLine } from '../event-rendering.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import { parseInstant } from '../instant.ts'
import type { LedgerFolder } from '../ledger-folder.ts'
import { openLedgerFolder, orDamaged } from '../ledger-folder.ts'
import { parseCount, parseId } from '../lookup.ts'
import type { Names } from '../names.ts'
import { namesUpTo } from '../names-of.ts'
import { nearest } from '../suggest.ts'
import { eventJson } from '../why-rendering.ts'

/** Finds events. */
export const ledgerFindCommand: Command = {
  name: 'ledger find',
  synopsis:
    '[--process WHO] [--capability CAP] [--kind KIND] [--operator WHO] [--since T] [--until T] [-n COUNT]',
  summary: 'find the newest events of a process, a capability, a kind, an operator or a time',
  details: [
    'What is given must hold together. T is 2026-11-20T09:00 (UTC), 2026-11-20 or 2h (ago).',
    'A call belongs to the process that asked for it, and so do its decisions and its outcome.',
  ],
  flags: [
    { name: 'process', value: 'WHO', about: 'an agent, a driver, or the number of a process' },
    { name: 'capability', value: 'CAP', about: 'made, changed, ended or used, for example c12' },
    { name: 'kind', value: 'KIND', about: 'for example call.admitted' },
    { name: 'operator', value: 'WHO', about: 'a name or number' },
    { name: 'since', value: 'T', about: 'only from then on' },
    { name: 'until', value: 'T', about: 'only before then' },
    { name: 'lines', short: 'n', value: 'COUNT', about: 'at most so many, the newest (default 20)' },
  ],
  positionals: { fewest: 0, most: 0 },
  run({ args, out, paths }) {
    const folder = openLedgerFolder(paths)
    const names = namesUpTo(folder, folder.index.end)
    const limit = parseCount(valueOf(args, 'lines') ?? '20')
    const found = orDamaged(folder.index.newest(queryOf(args, folder, names), limit))
    for (const seq of found.toReversed()) {
      const event = folder.event(seq)
      if (event !== null) out.result(eventJson(event), [showEventLine(event, names)])
    }
    if (found.length === 0) out.note('Nothing of that is in the ledger.')
    return Promise.resolve(exitCodes.done)
  },
}

function queryOf(args: ParsedArguments, { index }: LedgerFolder, names: Names): EventQuery {
  const given = <T>(name: string, meaning: (word: string) => T): { readonly [name: string]: T } => {
    const word = valueOf(args, name)
    return word === null ? {} : { [name]: meaning(word) }
  }
  const positionAt = (word: string): number => {
    const at = parseInstant(word, Date.now())
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
    ...(until === undefined ? {} : { before: until }),
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
