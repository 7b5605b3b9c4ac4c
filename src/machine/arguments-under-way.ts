/**
 * The arguments of calls under way, for an order that narrows what they stand on: whether they still fit is the
 * kernel's to decide, and it keeps no arguments. What cannot be read any more is left out, and so fits nothing.
 */
import type { CallId } from '../base/ids.ts'
import type { JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { restsOn } from '../kernel/capability/quorum.ts'
import type { OrderAction } from '../kernel/command.ts'
import type { Call, State } from '../kernel/state.ts'

/** What a narrowing has to be held against; nothing for any other order. */
export function argumentsUnderWay(
  state: State,
  action: OrderAction,
  argumentsOf: (call: Call) => Uint8Array | null,
): { readonly arguments?: ReadonlyMap<CallId, JsonObject> } {
  if (action.do !== 'capability.narrow') return {}
  const known = new Map<CallId, JsonObject>()
  for (const call of state.calls.values()) {
    if (call.stage === 'denied' || !restsOn(state, call, action.capability)) continue
    const bytes = argumentsOf(call)
    const parsed = bytes === null ? null : parseStrictJson(bytes)
    if (parsed?.ok === true && isJsonObject(parsed.value)) known.set(call.id, parsed.value)
  }
  return { arguments: known }
}
