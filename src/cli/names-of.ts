/**
 * The names that some events need to be told in words, looked up instead of learnt from the whole ledger: a ledger of
 * ten million events has a few hundred that name somebody.
 */
import type { Event, EventKind } from '../kernel/event.ts'
import type { LedgerFolder } from './ledger-folder.ts'
import { orDamaged } from './ledger-folder.ts'
import type { Names } from './names.ts'
import { learnNames, noNames } from './names.ts'

/** Kinds of events that give something a name. */
const naming: readonly EventKind[] = [
  'operator.enrolled',
  'operator.rotated',
  'statement.accepted',
  'agent.added',
  'driver.added',
]

/** The newest of each kind that are looked at; more names than a screen can need. */
const mostOfAKind = 10_000

/** Who is who, as the ledger has it up to event `seq`. */
export function namesUpTo({ index, event }: Pick<LedgerFolder, 'index' | 'event'>, seq: number): Names {
  const names = noNames()
  const found = naming.flatMap((kind) => orDamaged(index.newest({ kind, before: seq + 1 }, mostOfAKind)))
  const events = found.sort((one, other) => one - other).map(event)
  for (const one of events.filter((read): read is Event => read !== null)) learnNames(names, one)
  return names
}
