/**
 * What followed from an event: events that name it as their cause, those that name one of these, and so on. There is no
 * list by cause; effects stand near their cause, so the ledger is read on from there until for a while nothing follows.
 */
import type { Event } from '../kernel/event.ts'

/** How far to read on. */
export interface FollowingLimits {
  /** Events that are read after the last one that followed; more are not read. */
  readonly within: number
  /** At most so many that followed. */
  readonly limit: number
}

/** What followed, in order, and where reading ended. */
export interface Following {
  readonly events: readonly Event[]
  /** The last event that was read; what followed after it is not here. */
  readonly readTo: number
  /** Why reading ended. */
  readonly ended: 'limit' | 'within' | 'end of the ledger'
}

/** What followed from the event at `seq`; `events` are those after it, in order. */
export function followingOf(
  events: Iterable<Event>,
  seq: number,
  { within, limit }: FollowingLimits,
): Following {
  const causes = new Set([seq])
  const found: Event[] = []
  let [last, readTo] = [seq, seq]
  for (const event of events) {
    if (found.length === limit) return { events: found, readTo, ended: 'limit' }
    if (event.seq - last > within) return { events: found, readTo, ended: 'within' }
    readTo = event.seq
    if (!causes.has(event.cause)) continue
    causes.add(event.seq)
    found.push(event)
    last = event.seq
  }
  return { events: found, readTo, ended: 'end of the ledger' }
}
