/**
 * Bodies as bytes, for the kinds of which a ledger mostly consists: read without parsing, and written without
 * sorting names. A body has at most one packed form, and where it has one no other is valid, so that an event
 * still has exactly one encoding. A body with a member that its layout does not know has none and stays JSON.
 */
import type { Event, EventBodies, EventKind } from '../kernel/event.ts'
import { packAdmitted, packSettled, unpackAdmitted, unpackSettled } from './packed-call.ts'
import { packRefused, unpackRefused } from './packed-refusal.ts'
import type { PackedSource } from './packed-source.ts'
import { WriteBuffer } from './write-buffer.ts'

/** Writes the body of `event` at `at`; returns the offset after it, or -1 when it has no packed form. */
export function packBody(out: WriteBuffer, event: Pick<Event, 'kind' | 'body'>, at: number): number {
  switch (event.kind) {
    case 'call.admitted':
      return packAdmitted(out, event.body as EventBodies['call.admitted'], at)
    case 'call.settled':
      return packSettled(out, event.body as EventBodies['call.settled'], at)
    case 'syscall.refused':
      return packRefused(out, event.body as EventBodies['syscall.refused'], at)
    default:
      return -1
  }
}

/** The body of that kind which fills the range, or null when none does. */
export function unpackBody(kind: EventKind, source: PackedSource): EventBodies[EventKind] | null {
  switch (kind) {
    case 'call.admitted':
      return unpackAdmitted(source)
    case 'call.settled':
      return unpackSettled(source)
    case 'syscall.refused':
      return unpackRefused(source)
    default:
      return null
  }
}

const scratch = new WriteBuffer()

/** True when that body has a packed form, so that it is not valid as JSON. */
export function isPackable(kind: EventKind, body: object): boolean {
  return packBody(scratch, { kind, body } as Pick<Event, 'kind' | 'body'>, 0) >= 0
}
