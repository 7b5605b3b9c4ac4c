/**
 * An operator narrows a capability in place. What was granted can do less from here on, whoever holds it and
 * whatever was derived from it; handles and descendants stay. It can only narrow: limits are judged like those
 * of a derivation, and what is asked of arguments is asked beside what was asked before.
 */
import type { CallId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { ActionOf, Undispatched } from '../command.ts'
import type { Decision } from '../decision.ts'
import { accepted, recorder, unrecorded } from '../decision.ts'
import { cut, endedBy } from '../gate/settle.ts'
import { limits } from '../limits.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { OrderedBy } from '../sovereign/ordered.ts'
import { actorOf, no } from '../sovereign/ordered.ts'
import type { Call, Capability, State } from '../state.ts'
import { isBeyond, wheresOf } from './arguments.ts'
import { whyOverBudget } from './budget.ts'
import { whyLimitsTooBroad } from './narrow.ts'
import { restsOn } from './quorum.ts'
import type { Caveats } from './terms.ts'
import { authorityOf, chainOf, descendsFrom } from './tree.ts'

type Narrowing = ActionOf<'capability.narrow'>

/** What the kernel's process knows of the calls under way. One whose arguments are not there fits no new terms. */
export interface UnderWay {
  readonly undispatched: Undispatched
  readonly arguments?: ReadonlyMap<CallId, JsonObject>
}

/** Adds terms to a capability. Calls under it, or under what was derived from it, that no longer fit end. */
export function narrow(state: State, by: OrderedBy, narrowing: Narrowing, underWay: UnderWay): Decision {
  const { at, signed } = by
  const { capability: capabilityId, caveats } = narrowing
  const { undispatched, arguments: known } = underWay
  const capability = state.capabilities.get(capabilityId)
  if (capability === undefined || capability.handle === 0)
    return no('not-found', 'There is no such capability.')
  const why = whyNotNarrower(state, capability, caveats, at)
  if (why !== null) return unrecorded(why)
  const ended = [...state.calls.values()].filter(
    (call) => call.stage !== 'denied' && restsOn(state, call, capability.id) && !fits(call, caveats, known),
  )
  const recorded = recorder(state, at)
  const cause = recorded.record(
    'capability.narrowed',
    { capability: capability.id, caveats, ...endedBy(ended, undispatched), signed },
    { ...actorOf(by), authority: authorityOf(capability) },
  )
  cut(state, recorded, ended, { reason: 'revoked', cause, undispatched })
  return accepted(recorded)
}

function whyNotNarrower(
  state: State,
  capability: Capability,
  caveats: Caveats,
  at: OrderedBy['at'],
): Refusal | null {
  const chain = chainOf(state, capability.id)
  if (chain.some((level) => level.revoked))
    return refusal('revoked', 'This capability was revoked.', 'One that lives.')
  if (Object.keys(caveats).length === 0)
    return refusal('bad-request', 'This adds no terms.', 'Something that narrows it.')
  const { rate } = capability.caveats
  // One level counts uses in one window: a shorter one could let through what the old one would not.
  if (caveats.rate !== undefined && rate !== undefined && caveats.rate.perMs < rate.perMs)
    return refusal('too-broad', 'Its rate would be counted in a shorter time.', 'A rate over the same time.')
  if (caveats.where !== undefined && wheresOf(capability.caveats).length > limits.narrowings)
    return refusal('limit', 'Its arguments were narrowed too often.', 'A new grant.')
  return whyLimitsTooBroad(chain, caveats, at) ?? whyBudgetHeld(state, chain, caveats)
}

/** A budget can be put where none is, unless budgets below were taken from further up. */
function whyBudgetHeld(state: State, chain: readonly Capability[], caveats: Caveats): Refusal | null {
  const [leaf] = chain
  if (caveats.budget === undefined || leaf === undefined) return null
  const isOpen = ([capability, { closed }]: readonly [Capability['id'], { closed: boolean }]): boolean =>
    !closed && capability !== leaf.id && descendsFrom(state, capability, leaf.id)
  if (state.accounts?.has(leaf.id) !== true && [...(state.accounts ?? [])].some(isOpen))
    return refusal('bad-request', 'Budgets were derived from it already.', 'Revoke or narrow those first.')
  return whyOverBudget(state, chain, caveats)
}

/** True when a call under way is within the new terms. What is counted was reserved for it already. */
function fits(call: Call, caveats: Caveats, known: UnderWay['arguments']): boolean {
  if (caveats.selectors?.includes(call.selector) === false) return false
  if (caveats.where === undefined) return true
  const values = known?.get(call.id)
  return values !== undefined && !isBeyond(caveats.where, call.selector, values)
}
