/**
 * What happens to what the ledger knows about somebody. An erasure is two events: the order, and that the keys are
 * gone; a crash in between is found by the next start, which finishes it.
 */
import type { CallId, Instant, ProcessId, Seq } from '../../base/ids.ts'
import type { EndedCalls } from '../capability/event-bodies.ts'
import type { SignedOrder } from '../event.ts'
import type { Escrow, HoldScope } from './action.ts'

/** A reading of payloads, as whoever reads states it. It is recorded before any plaintext is given. */
export interface Reading {
  /** Who says to be reading: the account at the machine, and nothing that was proved. */
  readonly reader: string
  /** What for: the command, and a reason where one was given. */
  readonly purpose: string
  /** The events whose payloads may have been read. */
  readonly from: Seq
  readonly to: Seq
  /** The calls whose arguments were shown, where only theirs were. */
  readonly calls?: readonly CallId[]
  /** When, of a reading while nothing ran: it was noted in a file, and is recorded by the next start. */
  readonly offlineAt?: Instant
}

/** Event bodies of this folder, by kind. */
export interface PrivacyBodies {
  'subject.added': { readonly subject: number; readonly name: string; readonly signed: SignedOrder }
  /** What opens the subject's payloads is destroyed once this is durable. */
  'subject.erased': EndedCalls & {
    readonly subject: number
    readonly reason: string
    /** Whose payloads the agents of that subject hold from here on, where it has any. */
    readonly next?: number
    readonly signed: SignedOrder
  }
  /** The subject's keys are gone. */
  'erasure.completed': { readonly subject: number }
  'hold.placed': HoldScope & { readonly reason: string; readonly signed: SignedOrder }
  'hold.released': { readonly hold: Seq; readonly reason: string; readonly signed: SignedOrder }
  'payload.read': Reading
  /** A copy of keys may exist from here on, in a file of that digest. */
  'escrow.created': Escrow & { readonly signed: SignedOrder }
}

/** A legal hold in force, by the seq of its event. */
export interface Hold extends Omit<HoldScope, 'process'> {
  readonly seq: Seq
  readonly operator: number
  readonly reason: string
  readonly process?: ProcessId
}

/** Somebody whom payloads are about, beside the agents that are about themselves. */
export interface Subject {
  readonly name: string
  /** The event that erased it, while its keys may still be there. */
  erased?: Seq
}
