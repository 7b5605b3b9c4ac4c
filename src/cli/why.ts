/**
 * Why something happened, from the ledger alone: what it was, who caused it, the events that led to it, the
 * capability it was done under and every level above that up to a signed grant, with the terms as they were
 * at that moment, the approval if there was one, the verdict and the outcome. Signatures that are cited are
 * verified here; nothing is taken from the running kernel.
 */
import type { CapabilityId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Caveats } from '../kernel/capability/terms.ts'
import { usesLeft } from '../kernel/capability/reserve.ts'
import { chainOf } from '../kernel/capability/tree.ts'
import type { Event, EventOf, Verdict } from '../kernel/event.ts'
import { evolve } from '../kernel/evolve.ts'
import type { Capability, State } from '../kernel/state.ts'
import { initialState } from '../kernel/state.ts'
import type { CitedOrder } from './cited-order.ts'
import { checkCitedOrder, signedOrderOf } from './cited-order.ts'
import type { LedgerView } from './ledger-view.ts'
import type { Names } from './names.ts'
import { learnNames, noNames } from './names.ts'

/** One level of the authority behind an event, nearest first. */
export interface AuthorityLevel {
  readonly capability: number
  readonly how: 'granted' | 'derived' | 'approved'
  /** The event that made it. */
  readonly made: Event
  readonly caveats: Caveats
  /** Uses left once the explained event had been counted; null when uses are not counted. */
  readonly usesLeft: number | null
  readonly revoked: boolean
  /** The operator's order behind it, checked; null for a derivation, which a process does by itself. */
  readonly order: CitedOrder | null
}

/** A complete explanation of one event. */
export interface Explanation {
  readonly event: Event
  readonly names: Names
  readonly domain: string
  /** Events that led to it, nearest first. */
  readonly causes: readonly Event[]
  /** All events of the same call in order; empty when the event belongs to none. */
  readonly call: readonly Event[]
  /** The argument bytes of the call, or of the refusal, when they can be opened here. */
  readonly argumentBytes: Uint8Array | null
  readonly authority: readonly AuthorityLevel[]
  /** The decision of an operator on this call, if one was asked for. */
  readonly decision: {
    readonly event: EventOf<'call.approved'> | EventOf<'call.denied'>
    readonly order: CitedOrder
  } | null
  readonly verdict: Verdict | null
  /** The order that the event itself cites, checked. */
  readonly order: CitedOrder | null
  /** True when every signature that is cited is sound. */
  readonly sound: boolean
}

/** The most events that a cause chain is followed through. */
const causeDepth = 64

/** Explains the event at `seq`, or null when there is no such event. */
export function explain(view: LedgerView, seq: number): Explanation | null {
  const event = eventAt(view, seq)
  if (event === null) return null
  const call = callEvents(view, event)
  const momentSeq = call.findLast((step) => step.kind === 'call.admitted' && step.seq <= seq)?.seq ?? seq
  const gathered = gather(view, Math.max(momentSeq, seq), momentSeq)
  const { names, makers, state } = gathered
  const domain = state.domain?.name ?? ''
  const authority = authorityLevels(event, call, state, makers, names)
  const decided = call.findLast((step) => step.kind === 'call.approved' || step.kind === 'call.denied')
  const signedDecision = decided === undefined ? null : signedOrderOf(decided)
  const decision =
    decided === undefined || signedDecision === null
      ? null
      : { event: decided, order: checkCitedOrder(decided, signedDecision, names, domain) }
  const signed = signedOrderOf(event)
  const order = signed === null ? null : checkCitedOrder(event, signed, names, domain)
  const asked = call.find((step) => step.payload !== null && step.kind !== 'call.settled') ?? event
  return {
    event,
    names,
    domain,
    causes: causesOf(view, event),
    call,
    argumentBytes: asked.kind === 'call.settled' ? null : view.payload(asked),
    authority,
    decision,
    verdict: verdictOf(call, event),
    order,
    sound:
      authority.every((level) => level.order?.sound !== false) &&
      decision?.order.sound !== false &&
      order?.sound !== false,
  }
}

function eventAt(view: LedgerView, seq: number): Event | null {
  for (const event of view.events(seq)) return event.seq === seq ? event : null
  return null
}

/** The id of the call an event belongs to, or 0. */
export function callOf(event: Event): number {
  return 'call' in event.body ? event.body.call : 0
}

function callEvents(
  view: LedgerView,
  event: Event,
): readonly (Event & { readonly body: { readonly call: number } })[] {
  const call = callOf(event)
  if (call === 0) return []
  const events: (Event & { readonly body: { readonly call: number } })[] = []
  for (const step of view.events()) {
    if (callOf(step) === call) events.push(step as Event & { readonly body: { readonly call: number } })
  }
  return events
}

/** One pass over history: who is who, which event made each capability, and the state at the moment. */
function gather(
  view: LedgerView,
  lastSeq: number,
  momentSeq: number,
): { readonly names: Names; readonly makers: ReadonlyMap<number, Event>; readonly state: State } {
  const names = noNames()
  const makers = new Map<number, Event>()
  const state = initialState()
  for (const event of view.events()) {
    if (event.seq > lastSeq) break
    learnNames(names, event)
    if (
      event.kind === 'capability.granted' ||
      event.kind === 'capability.derived' ||
      event.kind === 'call.approved'
    ) {
      makers.set(event.body.capability, event)
    }
    if (event.seq <= momentSeq) evolve(state, event)
  }
  return { names, makers, state }
}

function authorityLevels(
  event: Event,
  call: readonly Event[],
  state: State,
  makers: ReadonlyMap<number, Event>,
  names: Names,
): readonly AuthorityLevel[] {
  const leaf = leafOf(event, call)
  if (leaf === 0 || !state.capabilities.has(id<CapabilityId>(leaf))) return []
  return chainOf(state, id<CapabilityId>(leaf)).map((capability) => levelOf(capability, makers, names, state))
}

/** The capability that the explanation starts from. */
function leafOf(event: Event, call: readonly Event[]): number {
  const admitted = call.findLast((step) => step.kind === 'call.admitted' && step.seq <= event.seq)
  if (admitted?.kind === 'call.admitted') return admitted.body.capability
  if (event.authority !== null) return event.authority.capability
  return 'capability' in event.body ? event.body.capability : 0
}

function levelOf(
  capability: Capability,
  makers: ReadonlyMap<number, Event>,
  names: Names,
  state: State,
): AuthorityLevel {
  const made = makers.get(capability.id)
  if (made === undefined) throw new Error(`no event made capability c${capability.id}`)
  const signed = signedOrderOf(made)
  const left = usesLeft(capability)
  return {
    capability: capability.id,
    how:
      made.kind === 'capability.granted' ? 'granted' : made.kind === 'call.approved' ? 'approved' : 'derived',
    made,
    caveats: capability.caveats,
    usesLeft: Number.isFinite(left) ? left : null,
    revoked: capability.revoked,
    order: signed === null ? null : checkCitedOrder(made, signed, names, state.domain?.name ?? ''),
  }
}

function causesOf(view: LedgerView, event: Event): readonly Event[] {
  const causes: Event[] = []
  let cause = event.cause
  while (cause > 0 && causes.length < causeDepth) {
    const found = eventAt(view, cause)
    if (found === null || found.seq >= (causes.at(-1) ?? event).seq) break
    causes.push(found)
    cause = found.cause
  }
  return causes
}

function verdictOf(call: readonly Event[], event: Event): Verdict | null {
  if (event.kind === 'syscall.refused') return event.body.verdict
  const judged = call.findLast((step) => step.kind === 'call.admitted' || step.kind === 'call.held')
  return judged?.kind === 'call.admitted' || judged?.kind === 'call.held' ? judged.body.verdict : null
}
