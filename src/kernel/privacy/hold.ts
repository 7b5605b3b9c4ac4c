/**
 * Legal holds: while one is in force, nothing that it covers is erased or thrown away, whoever orders it, and the
 * refusal says who placed it and why. A hold on a process is one on the subject that the process works for.
 */
import type { Instant } from '../../base/ids.ts'
import type { ActionOf } from '../command.ts'
import type { Decision } from '../decision.ts'
import { recording } from '../decision.ts'
import { limits } from '../limits.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { OrderedBy } from '../sovereign/ordered.ts'
import { actorOf, no } from '../sovereign/ordered.ts'
import type { State } from '../state.ts'

/** What somebody wants to be rid of: all about a subject, or all events of a time. */
export type Disposal =
  | { readonly subject: number }
  | { readonly since: Instant | number; readonly until: Instant | number }

/** Why this may not be erased or thrown away now, or null. */
export function whyHeld(state: State, disposal: Disposal): Refusal | null {
  for (const { seq, operator, reason, subject, since = 0, until } of state.holds?.values() ?? []) {
    const isTouched =
      'subject' in disposal
        ? subject === undefined || subject === disposal.subject
        : since <= disposal.until && disposal.since <= (until ?? disposal.since)
    if (!isTouched) continue
    const name = state.operators.get(operator as never)?.name ?? `operator ${operator}`
    return refusal('not-entitled', `Legal hold ${seq} by ${name}: ${reason}`, `The release of hold ${seq}.`)
  }
  return null
}

/** Places a hold. Anybody who may lessen what happens may do so. */
export function placeHold(state: State, by: OrderedBy, action: ActionOf<'hold.place'>): Decision {
  const { do: _, ...hold } = action
  const { process, subject, since, until } = hold
  if (process !== undefined && (subject !== undefined || !state.processes.has(process)))
    return no('not-found', 'There is no such process, or a subject is named beside it.')
  if (subject !== undefined && subject >= state.nextObject)
    return no('not-found', 'There is no such subject.')
  if (since !== undefined && until !== undefined && since > until)
    return no('bad-request', 'The hold ends before it begins.')
  if ((state.holds?.size ?? 0) >= limits.holds) return no('limit', 'There are as many holds as there can be.')
  return recording(state, by.at, 'hold.placed', { ...hold, signed: by.signed }, actorOf(by))
}

/** Ends a hold. */
export function releaseHold(state: State, by: OrderedBy, action: ActionOf<'hold.release'>): Decision {
  const { hold, reason } = action
  if (state.holds?.has(hold) !== true)
    return no('not-found', 'There is no such hold.', 'See custos hold list.')
  const circumstances = { ...actorOf(by), cause: hold }
  return recording(state, by.at, 'hold.released', { hold, reason, signed: by.signed }, circumstances)
}
