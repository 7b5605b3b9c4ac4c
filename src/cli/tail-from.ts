/**
 * `custos ledger tail --from POSITION`: every event after a position, for programs that must have each exactly once.
 */
import type { Result } from '../base/result.ts'
import { ok } from '../base/result.ts'
import { followOn } from '../ledger/follow.ts'
import type { LedgerProblem } from '../ledger/problem.ts'
import type { TailBatch } from '../ledger/reading/subscription.ts'
import { positionIn, Subscription } from '../ledger/reading/subscription.ts'
import type { TailPosition } from '../ledger/reading/tail-position.ts'
import { parseTailPosition, showTailPosition } from '../ledger/reading/tail-position.ts'
import type { Context } from './command.ts'
import { visible } from './escape.ts'
import { showEventLine } from './event-rendering.ts'
import { exitCodes, usageFailure } from './exit.ts'
import type { LedgerFolder } from './ledger-folder.ts'
import { orDamaged } from './ledger-folder.ts'
import { learnNames, noNames } from './names.ts'
import { namesUpTo } from './names-of.ts'
import { eventJson } from './why-rendering.ts'

/** Shows every event after a position, each with the position after it. */
export async function tailFrom(
  { args, out }: Context,
  folder: LedgerFolder,
  from: TailPosition | null,
): Promise<number> {
  const names = from === null ? noNames() : namesUpTo(folder, from.seq)
  const subscription = new Subscription(folder.disk, from)
  const batches = args.switches.has('follow') ? followOn(subscription) : untilNow(subscription)
  for await (const found of batches) {
    const batch = orDamaged(found)
    for (const { event } of batch.records) {
      learnNames(names, event)
      const position = showTailPosition(positionIn(batch, event.seq))
      out.result({ ...eventJson(event), position }, [showEventLine(event, names)])
    }
    if (process.stdout.writableNeedDrain)
      await new Promise((resolve) => process.stdout.once('drain', resolve))
  }
  return exitCodes.done
}

function* untilNow(subscription: Subscription): Generator<Result<TailBatch, LedgerProblem>> {
  for (;;) {
    const batch = subscription.next()
    if (!batch.ok) return yield batch
    if (batch.value === null) return
    yield ok(batch.value)
  }
}

/** The position that a word names; null for "start". */
export function positionNamed(word: string): TailPosition | null {
  if (word === 'start') return null
  const position = parseTailPosition(word)
  if (position === null)
    throw usageFailure(
      word === '' ? 'the position is empty' : `"${visible(word)}" is not a position, or is damaged`,
      'it is what --json shows with --from start; whoever lost it begins anew with --from start',
    )
  return position
}
