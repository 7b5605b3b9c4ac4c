/**
 * Orders about subjects: to name one, to erase one by destroying what opens its payloads, and to copy what opens them
 * into a file that is kept apart. The kernel does not see that file: it records whose keys are in it.
 */
import type { ActionOf, Undispatched } from '../command.ts'
import type { Decision } from '../decision.ts'
import { accepted, recorder, recording } from '../decision.ts'
import { cut, endedBy } from '../gate/settle.ts'
import { limits } from '../limits.ts'
import type { OrderedBy } from '../sovereign/ordered.ts'
import { actorOf, no } from '../sovereign/ordered.ts'
import type { State } from '../state.ts'
import { whyHeld } from './hold.ts'
import { agentsOf, subjectOfCall } from './subject.ts'

/** Names somebody whom agents may be added for. */
export function addSubject(state: State, by: OrderedBy, { name }: ActionOf<'subject.add'>): Decision {
  const known = [...(state.subjects?.values() ?? [])]
  if (known.some((other) => other.name === name && other.erased === undefined))
    return no('name-taken', 'A subject has that name.')
  if (known.length >= limits.subjects || state.nextObject + 1 >= limits.objectIds)
    return no('limit', 'There are as many subjects as there can be.')
  const body = { subject: state.nextObject, name, signed: by.signed }
  return recording(state, by.at, 'subject.added', body, actorOf(by))
}

/**
 * Erases a subject: its calls under way are cut, so that nothing of it is kept in memory or sealed later, and its
 * agents go on under a fresh number. An agent that was removed can still be erased, by its number.
 */
export function eraseSubject(
  state: State,
  by: OrderedBy,
  { subject, reason }: ActionOf<'subject.erase'>,
  { undispatched }: { readonly undispatched: Undispatched },
): Decision {
  const isOther = [state.operators, state.drivers, state.processes].some((kind) => kind.has(subject as never))
  const known = state.subjects?.get(subject)
  if (subject >= state.nextObject || isOther || known?.erased !== undefined)
    return no('not-found', 'There is no such subject.', 'One of custos subject list, or an agent’s number.')
  const held = whyHeld(state, { subject })
  if (held !== null) return no(held.code, held.message, held.needed)
  if (state.nextObject + 1 >= limits.objectIds) return no('limit', 'There are no numbers left.')
  const calls = [...state.calls.values()].filter((call) => subjectOfCall(state, call) === subject)
  const next = agentsOf(state, subject).length === 0 ? {} : { next: state.nextObject }
  const recorded = recorder(state, by.at)
  const body = { subject, reason, ...next, ...endedBy(calls, undispatched), signed: by.signed }
  const cause = recorded.record('subject.erased', body, actorOf(by))
  cut(state, recorded, calls, { reason: 'withdrawn', cause, undispatched })
  return accepted(recorded)
}

/** Records an escrow. An erased subject has no key, so none can be said to be in it. */
export function createEscrow(state: State, by: OrderedBy, action: ActionOf<'escrow.create'>): Decision {
  const { digest, subjects } = action
  const isErased = (subject: number): boolean => state.subjects?.get(subject)?.erased !== undefined
  if (subjects.some((subject) => subject >= state.nextObject || isErased(subject)))
    return no('not-found', 'One of them is no subject, or is erased.')
  return recording(state, by.at, 'escrow.created', { digest, subjects, signed: by.signed }, actorOf(by))
}
