/**
 * The events of one call, looked up instead of read from the whole ledger. Calls are numbered in the order in which they
 * were first recorded, so the first event of one is found by halving. The others stand after it under its process; those
 * of a call that ended in passing do not, and are read for.
 */
import type { Event, EventKind } from '../kernel/event.ts'
import type { LedgerLookup } from './ledger-view.ts'

/** How many events after the first one are looked through at first; the next time it is eight times as many. */
const firstWindow = 1_024
/** A call that was let through at once is among the next few to the left of where halving looks. */
const mostNeighbours = 256

/** The id of the call an event belongs to, or 0. */
export function callOf(event: Event): number {
  return 'call' in event.body ? event.body.call : 0
}

/** All events of a call in order; none when there is no such call, or null where only reading on can tell. */
export function foundCall(lookup: LedgerLookup, call: number): readonly Event[] | null {
  const first = firstOf(lookup, 'call.held', call) ?? firstOf(lookup, 'call.admitted', call)
  if (first === null || !('process' in first.body)) return null
  const { process } = first.body
  const found: Event[] = [first]
  let from: number = first.seq + 1
  for (let window = firstWindow; from <= lookup.end; window *= 8) {
    const before = Math.min(from + window, lookup.end + 1)
    const seqs = [
      ...lookup.newest({ process, from, before }),
      ...lookup.newest({ kind: 'call.lapsed', from, before }),
    ]
    for (const seq of [...new Set(seqs)].sort((one, other) => one - other)) {
      const event = lookup.at(seq)
      if (event === null || callOf(event) !== call) continue
      found.push(event)
      if (isEnd(event)) return found
    }
    from = before
  }
  // It is under way, or was ended by what ended its authority: that stands under nothing of the call's.
  return null
}

function isEnd({ kind }: Event): boolean {
  return kind === 'call.settled' || kind === 'call.lapsed' || kind === 'call.denied'
}

/** The event of that kind which began the call, or null. */
function firstOf(lookup: LedgerLookup, kind: EventKind, call: number): Event | null {
  let [low, high] = [1, lookup.end]
  while (low <= high) {
    const middle = Math.floor((low + high) / 2)
    const event = beginningBefore(lookup, kind, low, middle + 1)
    if (event === null) low = middle + 1
    else if (callOf(event) === call) return event
    else if (callOf(event) < call) low = middle + 1
    else high = event.seq - 1
  }
  return null
}

/** The newest event of that kind from `from` on and before `before` with which a call began. */
function beginningBefore(lookup: LedgerLookup, kind: EventKind, from: number, before: number): Event | null {
  for (let [seen, end] = [0, before]; seen < mostNeighbours; seen++) {
    const [seq] = lookup.newest({ kind, from, before: end }, 1)
    const event = seq === undefined ? null : lookup.at(seq)
    if (seq === undefined || event === null) return null
    const cause = event.cause === 0 ? null : lookup.at(event.cause)
    if (cause === null || callOf(cause) !== callOf(event)) return event
    end = seq
  }
  return null
}
