/** Where the parts of a record stand, and the codes in it; `docs/ledger-format.md` says what they mean. */
import type { Actor, EventKind } from '../kernel/event.ts'
import { eventCodes } from '../kernel/event-codes.ts'

/** Codes of the kinds of actors. */
export const actorCodes: { readonly [K in Actor['kind']]: number } = {
  kernel: 1,
  process: 2,
  operator: 3,
  driver: 4,
  supervisor: 5,
}

/** Kinds of actors by code. */
export const actorKinds: readonly (Actor['kind'] | undefined)[] = byCode(actorCodes)

/** Kinds of events by code. */
export const eventKinds: readonly (EventKind | undefined)[] = byCode(eventCodes)

function byCode<K extends string>(codes: { readonly [N in K]: number }): readonly (K | undefined)[] {
  const kinds: (K | undefined)[] = []
  for (const [kind, code] of Object.entries<number>(codes)) kinds[code] = kind as K
  return Array.from(kinds)
}

/** A body as RFC 8785 JSON, in a record of format version 1. Records of version 2 have one of the other two. */
export const codecJsonV1 = 1
/** A body in the packed form of its kind. */
export const codecPacked = 2
/** A body that has no packed form, as RFC 8785 JSON. */
export const codecJson = 3

/** The event has no payload. */
export const formNone = 0
/** The sealed payload stands in the record. */
export const formInline = 1
/** The record names the blob. */
export const formBlob = 2

/** Offsets of a record's fields. */
export const fieldAt = {
  length: 0,
  kind: 4,
  codec: 6,
  form: 7,
  seq: 8,
  at: 16,
  cause: 24,
  actorId: 32,
  capability: 40,
  root: 48,
  bodyBytes: 56,
  plaintextBytes: 60,
  storedBytes: 64,
  actorKind: 68,
  commitment: 72,
} as const

/** A reference to a blob in format version 2: its digest and the subject of the payload. */
export const blobReferenceBytes = 40
