/**
 * Orders about whom payloads are about: to name somebody, to destroy what opens everything about them, and to keep
 * everything while a court asks for it.
 */
import type { Instant, ProcessId, Seq } from '../../base/ids.ts'
import type { Cases } from '../../base/shape.ts'
import { distinct, list, optional, whole } from '../../base/shape.ts'
import { limits } from '../limits.ts'
import { aDigest, aName, aText, anId } from '../sovereign/shape.ts'

/** What a legal hold keeps: of one subject, of the subject that a process works for, or of a time; or everything. */
export interface HoldScope {
  readonly subject?: number
  readonly process?: ProcessId
  /** First and last instant of ledger time; without them there is no such end. */
  readonly since?: Instant
  readonly until?: Instant
}

/** A copy of keys that is kept apart: the domain's key, and those of some subjects. */
export interface Escrow {
  /** SHA-256 of the file, which is written only when this is recorded. */
  readonly digest: string
  /** Whose keys are in it beside the domain's. */
  readonly subjects: readonly number[]
}

/** Orders that are understood in this folder. */
export type PrivacyAction =
  | { readonly do: 'subject.add'; readonly name: string }
  | { readonly do: 'subject.erase'; readonly subject: number; readonly reason: string }
  | (HoldScope & { readonly do: 'hold.place'; readonly reason: string })
  | { readonly do: 'hold.release'; readonly hold: Seq; readonly reason: string }
  | (Escrow & { readonly do: 'escrow.create' })

/** How these orders look. */
export const privacyOrders: Cases<PrivacyAction, 'do'> = {
  'subject.add': { name: aName },
  'subject.erase': { subject: anId(), reason: aText },
  'hold.place': {
    reason: aText,
    subject: optional(anId<number>()),
    process: optional(anId<ProcessId>()),
    since: optional(whole<Instant>(0)),
    until: optional(whole<Instant>(0)),
  },
  'hold.release': { hold: anId(), reason: aText },
  'escrow.create': {
    digest: aDigest,
    subjects: distinct(list(anId<number>(), limits.subjectsInEscrow), (subject) => subject),
  },
}
