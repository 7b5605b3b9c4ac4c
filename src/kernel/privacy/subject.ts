/**
 * Whom payloads are about. Each subject has keys of its own, and erasing it is destroying them. Every agent is a
 * subject under its own number, unless it was added for another one; 0 is the domain, which cannot be erased.
 * Numbers come from the count of objects and are never given twice, so an erased one is never sealed under again.
 */
import type { CallId, ProcessId } from '../../base/ids.ts'
import type { Agent, Call, State } from '../state.ts'

/**
 * The subject of what a process asks and is answered; `within` is the call in whose course a driver asks: what it
 * asks then is about whom that call is about.
 */
export function subjectOf(state: State, process: ProcessId, within?: CallId): number {
  const outer = within === undefined ? undefined : state.calls.get(within)
  if (outer !== undefined) return subjectOfCall(state, outer)
  const agent = state.agents.get(state.processes.get(process)?.agent as Agent['id'])
  return agent === undefined ? 0 : (agent.subject ?? agent.id)
}

/** The subject of a call under way. */
export function subjectOfCall(state: State, { process, subject }: Call): number {
  return subject ?? subjectOf(state, process)
}

/** True for a subject that agents may be added for. */
export function isNamed({ subjects }: State, subject: number): boolean {
  const known = subjects?.get(subject)
  return known !== undefined && known.erased === undefined
}

/** True while payloads may be sealed for that subject. */
export function isLiving(state: State, subject: number): boolean {
  if (state.subjects?.has(subject) === true) return isNamed(state, subject)
  const agent = state.agents.get(subject as Agent['id'])
  return agent !== undefined && agent.subject === undefined
}

/** The agents whose payloads are about that subject. */
export function agentsOf(state: State, subject: number): readonly Agent[] {
  return [...state.agents.values()].filter((agent) => (agent.subject ?? agent.id) === subject)
}
