/**
 * What `decide` returns, and the recorder that deciders write events with. Sequence numbers are known when
 * an event is drafted, because the kernel is the only writer and the state holds the last one.
 */
import type { CallId, Instant, ProcessId, Seq } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Actor, Authority, Event, EventBodies, EventKind, Payload } from './event.ts'
import type { Refusal } from './refusal.ts'
import type { State } from './state.ts'

/** The events that follow from a command, in order, and the refusal if it was refused. */
export interface Decision {
  readonly events: readonly Event[]
  readonly refusal: Refusal | null
  /** The held call that an identical request joins: nothing new was recorded, its decision answers both. */
  readonly joins?: CallId
}

/** Circumstances of an event beside its body; everything is optional and defaults to none. */
export interface Circumstances {
  readonly actor?: Actor
  readonly cause?: number
  readonly authority?: Authority
  readonly payload?: Payload | null
}

/** Collects the events of one decision. */
export interface Recorder {
  readonly events: readonly Event[]
  /** Adds an event and returns its seq. */
  record<K extends EventKind>(kind: K, body: EventBodies[K], circumstances?: Circumstances): Seq
}

/** The kernel acting by itself. */
export const kernelActor: Actor = { kind: 'kernel', id: 0 }

/** Starts the events of a decision taken at `at` on `state`. */
export function recorder(state: State, at: Instant): Recorder {
  const events: Event[] = []
  return {
    events,
    record: (kind, body, circumstances = {}) => {
      const seq = id<Seq>(state.seq + 1 + events.length)
      events.push(eventOf(seq, at, kind, body, circumstances))
      return seq
    },
  }
}

function eventOf<K extends EventKind>(
  seq: Seq,
  at: Instant,
  kind: K,
  body: EventBodies[K],
  circumstances: Circumstances,
): Event {
  const { actor = kernelActor, cause = 0, authority = null, payload = null } = circumstances
  return { seq, at, kind, actor, cause, authority, payload, body } as Event
}

/** A decision that makes one event and refuses nothing. */
export function recording<K extends EventKind>(
  state: State,
  at: Instant,
  kind: K,
  body: EventBodies[K],
  circumstances: Circumstances = {},
): Decision {
  return { events: [eventOf(id<Seq>(state.seq + 1), at, kind, body, circumstances)], refusal: null }
}

/** That a process did it. */
export function byProcess(process: ProcessId): { readonly actor: Actor } {
  return { actor: { kind: 'process', id: process } }
}

/** That the supervisor did it. */
export const bySupervisor: { readonly actor: Actor } = { actor: { kind: 'supervisor', id: 0 } }

/** A decision that changes what was recorded and refuses nothing. */
export function accepted(recorded: Recorder): Decision {
  return { events: recorded.events, refusal: null }
}

/** A refusal that leaves no event, because nobody with an identity asked or its record is aggregated. */
export function unrecorded(refusal: Refusal): Decision {
  return { events: [], refusal }
}
