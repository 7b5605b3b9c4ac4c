/**
 * A refusal looked at again: on the state just before it, every capability that the process held for the object
 * is asked what each of its levels says to the same request. What the ledger kept of the request is all that
 * there is; arguments that cannot be opened here are said to be unknown by their absence.
 */
import type { ObjectId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { EventOf } from '../../kernel/event.ts'
import { builtinJudge } from '../../kernel/gate/judge.ts'
import type { State } from '../../kernel/state.ts'
import type { Candidate } from '../../machine/view/objections.ts'
import { candidatesFor } from '../../machine/view/objections.ts'

/** What every capability said; empty when the process held none, or its arguments cannot be opened. */
export function whyRefusedThen(
  state: State,
  event: EventOf<'syscall.refused'>,
  bytes: Uint8Array | null,
): readonly Candidate[] {
  const { process, object, selector } = event.body
  const holder = state.processes.get(process)
  const values = argumentsIn(bytes)
  if (holder === undefined || object === 0 || event.payload === null || values === null) return []
  const request = { at: event.at, selector, arguments: values, payload: event.payload }
  return candidatesFor(state, holder, { ...request, object: id<ObjectId>(object) }, builtinJudge)
}

function argumentsIn(bytes: Uint8Array | null): JsonObject | null {
  const parsed = bytes === null ? null : parseStrictJson(bytes)
  return parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : null
}
