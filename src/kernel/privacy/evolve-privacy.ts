/** The part of the fold that concerns subjects, erasures and holds. It applies what was decided. */
import { found } from '../../base/fault.ts'
import type { Appliers } from '../evolve.ts'
import type { State } from '../state.ts'
import type { PrivacyBodies, Subject } from './event-bodies.ts'
import { agentsOf, subjectOf } from './subject.ts'

/** The events about whom payloads are about. A reading or an escrow changes nothing. */
export const privacyAppliers: Appliers<keyof PrivacyBodies> = {
  'subject.added': (state, { body }) => name(state, body.subject, body.name),
  'subject.erased': (state, { seq, body: { subject, next } }) => {
    const agents = agentsOf(state, subject)
    const known: Subject = state.subjects?.get(subject) ?? { name: agents[0]?.name ?? '' }
    if (next !== undefined) name(state, next, known.name)
    state.subjects ??= new Map<number, Subject>()
    state.subjects.set(subject, { ...known, erased: seq })
    if (next === undefined) return
    for (const agent of agents) state.agents.set(agent.id, { ...agent, subject: next })
  },
  // Nobody is of that subject any more, and its number is never given again.
  'erasure.completed': (state, { body }) => {
    state.subjects?.delete(body.subject)
  },
  'hold.placed': (state, { seq, body }, operator) => {
    const { signed: _, ...hold } = body
    state.holds ??= new Map<never, never>()
    const { process } = hold
    const of = process === undefined ? {} : { subject: subjectOf(state, process) }
    state.holds.set(seq, { seq, operator, ...hold, ...of })
  },
  'hold.released': (state, { body }) => {
    found(state.holds, 'a hold was in force').delete(body.hold)
  },
  'payload.read': () => {},
  'escrow.created': () => {},
}

function name(state: State, subject: number, called: string): void {
  state.subjects ??= new Map<number, Subject>()
  state.subjects.set(subject, { name: called })
  state.nextObject = subject + 1
}
