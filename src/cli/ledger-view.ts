/**
 * The ledger as the explaining commands read it: every event in order, and the sealed payload of one when
 * this machine holds the key. An interface, so that explanations are tested on events made by hand.
 */
import type { Event } from '../kernel/event.ts'
import type { State } from '../kernel/state.ts'
import type { EventQuery } from '../ledger/reading/ledger-index.ts'

/** Read-only access to one domain's history. */
export interface LedgerView {
  /** Events in order, from seq `from` (default 1) to the last durable one. */
  events(from?: number): Iterable<Event>
  /** The payload bytes of an event, or null when it has none or they cannot be opened here. */
  payload(event: Event): Uint8Array | null
  /** Looks things up, where that can be done without reading everything. */
  readonly lookup?: LedgerLookup
}

/** Single events of one domain's history, and its state at any point. */
export interface LedgerLookup {
  /** Position of the last event. */
  readonly end: number
  /** The event at `seq`, or null when there is none. */
  at(seq: number): Event | null
  /** Positions of the newest events that a query finds, newest first; all of them unless limited. */
  newest(query: EventQuery, limit?: number): readonly number[]
  /** The state after event `seq`, or before the first with 0; the caller's own. */
  stateAfter(seq: number): State
}

/** A view of events that are already in memory. */
export function viewOf(
  events: readonly Event[],
  payloads: ReadonlyMap<number, Uint8Array> = new Map(),
): LedgerView {
  return {
    *events(from = 1) {
      for (const event of events) if (event.seq >= from) yield event
    },
    payload: (event) => payloads.get(event.seq) ?? event.payload?.bytes ?? null,
  }
}
