/**
 * The ledger as the explaining commands read it: every event in order, and the sealed payload of one when
 * this machine holds the key. An interface, so that explanations are tested on events made by hand.
 */
import type { Event } from '../kernel/event.ts'

/** Read-only access to one domain's history. */
export interface LedgerView {
  /** Events in order, from seq `from` (default 1) to the last durable one. */
  events(from?: number): Iterable<Event>
  /** The payload bytes of an event, or null when it has none or they cannot be opened here. */
  payload(event: Event): Uint8Array | null
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
