/** What an adapter is told about a call beside its argument bytes. */
import type { Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { selectorsOf } from '../kernel/capability/narrow.ts'
import { chainOf, termsOf, whyDead } from '../kernel/capability/tree.ts'
import type { EventBodies } from '../kernel/event.ts'
import type { Capability, State } from '../kernel/state.ts'
import type { CallNotes } from './call-request.ts'

/** The header of a dispatch. `answers` is what the requester can answer and the driver may ask now. */
export function dispatchHeader(
  state: State,
  body: EventBodies['call.admitted'],
  notes: CallNotes | null,
): JsonObject {
  // Every level that has one has the same: what is derived, or approved, carries its parent's.
  const levels = state.capabilities.has(body.capability) ? termsOf(state, body.capability) : []
  const badge = levels.find((level) => level.caveats.badge !== undefined)?.caveats.badge
  const header = { op: 'dispatch', call: body.call, selector: body.selector }
  const labelled = badge === undefined ? header : { ...header, badge }
  if (notes === null) return labelled
  const mayAsk = askableBy(state, body.object, state.at)
  const answers = notes.answers.filter((selector) => mayAsk.has(selector))
  return {
    ...labelled,
    ...(answers.length === 0 ? {} : { answers }),
    ...(notes.progress ? { progress: true } : {}),
    ...(notes.log === null ? {} : { log: notes.log }),
    ...(notes.trace === null ? {} : { trace: notes.trace }),
    ...(notes.key === undefined ? {} : { key: notes.key }),
  }
}

/** Reverse selectors that the driver with this object id holds a live capability for. */
function askableBy(state: State, object: number, at: Instant): ReadonlySet<string> {
  return new Set(liveOf(state, object, at).flatMap((chain) => [...selectorsOf(chain)]))
}

/** Chains of the live capabilities that the process `holder` holds. */
export function liveOf(state: State, holder: number, at: Instant): readonly (readonly Capability[])[] {
  const held = [...(state.processes.get(id(holder))?.handles.values() ?? [])]
  return held
    .map((capability) => chainOf(state, capability))
    .filter((chain) => whyDead(state, chain, at) === null)
}
