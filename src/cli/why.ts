/**
 * Why something happened, from the ledger alone: what it was, who caused it, the events that led to it, the
 * capability it was done under and every level above that up to a signed grant, with the terms as they were
 * at that moment, the approvals if there were any, the verdict and the outcome; and by whose orders everybody
 * who took part was there at all. Signatures that are cited are verified here; nothing is taken from the
 * running kernel.
 */
import type { Caveats } from '../kernel/capability/terms.ts'
import type { Event, Verdict } from '../kernel/event.ts'
import type { Candidate } from '../machine/view/objections.ts'
import { evolve } from '../kernel/evolve.ts'
import type { State } from '../kernel/state.ts'
import { History, learntKinds } from './authority/history.ts'
import type { Level } from './authority/level.ts'
import { levelsOf } from './authority/level.ts'
import type { Origin } from './authority/origin.ts'
import { originsOf } from './authority/origin.ts'
import { whyRefusedThen } from './authority/refused-then.ts'
import type { CitedOrder } from './cited-order.ts'
import { callOf, foundCall } from './found-call.ts'
import type { LedgerLookup, LedgerView } from './ledger-view.ts'
import type { Names } from './names.ts'

/** One level of the authority behind an event, nearest first. */
export interface AuthorityLevel {
  readonly capability: number
  readonly how: 'granted' | 'derived' | 'approved'
  /** The event that made it. */
  readonly made: Event
  /** Who held it then. */
  readonly holder: number
  /** What changed it until then: narrowings with their orders, and moves into other hands. */
  readonly changes: readonly { readonly made: Event; readonly order: CitedOrder | null }[]
  readonly caveats: Caveats
  /** Uses left once the explained event had been counted; null when uses are not counted. */
  readonly usesLeft: number | null
  readonly revoked: boolean
  /** The operator's order behind it, checked; null for a derivation, which a process does by itself. */
  readonly order: CitedOrder | null
}

/** One operator's decision on a call. */
export interface CallDecision {
  readonly event: Event
  readonly comment: string
  readonly order: CitedOrder
}

/** What was in force when the event was decided. */
export interface Moment {
  readonly seq: number
  readonly canonVersion: number
  readonly policyVersion: string
  readonly boot: number
  readonly halted: boolean
}

/** A complete explanation of one event. */
export interface Explanation {
  readonly event: Event
  readonly names: Names
  readonly domain: string
  readonly moment: Moment
  /** Events that led to it, nearest first. */
  readonly causes: readonly Event[]
  /** All events of the same call in order; empty when the event belongs to none. */
  readonly call: readonly Event[]
  /** The argument bytes of the call, or of the refusal, when they can be opened here. */
  readonly argumentBytes: Uint8Array | null
  readonly authority: readonly AuthorityLevel[]
  /** Of a refusal: what every capability held for it said then. */
  readonly refusedBy: readonly Candidate[]
  /** The decisions of operators on this call, if any were asked for. */
  readonly decisions: readonly CallDecision[]
  readonly verdict: Verdict | null
  /** The order that the event itself cites, checked. */
  readonly order: CitedOrder | null
  /** By whose order everybody and everything in it is there, each up to a person. */
  readonly origins: readonly Origin[]
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
  const leaf = leafOf(event, call)
  const { lookup } = view
  const folded =
    lookup === undefined
      ? foldTo(view, event, momentSeq, leaf)
      : lookedUp({ ...view, lookup }, event, call, { momentSeq, leaf })
  const { history, moment, authority } = folded
  const decisions = call.flatMap((step) => decisionOf(step, history))
  const order = history.orderOf(event)
  const origins = originsOf(history, event, call)
  const asked = call.find((step) => step.payload !== null && step.kind !== 'call.settled') ?? event
  return {
    event,
    names: history.names,
    domain: history.state.domain?.name ?? '',
    moment,
    causes: causesOf(view, event),
    call,
    argumentBytes: asked.kind === 'call.settled' ? null : view.payload(asked),
    authority,
    refusedBy: folded.refusedBy,
    decisions,
    verdict: verdictOf(call, event),
    order,
    origins,
    sound: [order, ...citedBy({ authority, decisions, origins })].every((cited) => cited?.sound !== false),
  }
}

/** Every order that an explanation stands on, beside the event's own. */
export function citedBy({
  authority,
  decisions,
  origins,
}: Pick<Explanation, 'authority' | 'decisions' | 'origins'>): readonly (CitedOrder | null)[] {
  const changes = authority.flatMap((level) => level.changes)
  return [...authority, ...changes, ...decisions, ...origins].map((one) => one.order)
}

/** The position of the last event of a call, or null when there is no such call. */
export function lastOfCall(view: LedgerView, call: number): number | null {
  const found = view.lookup === undefined ? null : foundCall(view.lookup, call)
  let last: number | null = found?.at(-1)?.seq ?? null
  if (last !== null) return last
  for (const event of view.events()) if (callOf(event) === call) last = event.seq
  return last
}

function eventAt(view: LedgerView, seq: number): Event | null {
  if (view.lookup !== undefined) return view.lookup.at(seq)
  for (const event of view.events(seq)) return event.seq === seq ? event : null
  return null
}

function callEvents(view: LedgerView, event: Event): readonly Event[] {
  const call = callOf(event)
  if (call === 0) return []
  const found = view.lookup === undefined ? null : foundCall(view.lookup, call)
  if (found !== null) return found
  const events: Event[] = []
  for (const step of view.events()) if (callOf(step) === call) events.push(step)
  return events
}

/** What one pass over history finds. */
interface Folded {
  readonly history: History
  readonly moment: Moment
  readonly authority: readonly AuthorityLevel[]
  readonly refusedBy: readonly Candidate[]
}

/** Folds up to the event, looking at the authority just before and just after the moment it was judged. */
function foldTo(view: LedgerView, event: Event, momentSeq: number, leaf: number): Folded {
  const history = new History()
  let authority: readonly AuthorityLevel[] = []
  let refusedBy: readonly Candidate[] = []
  let moment: Moment | null = null
  const last = Math.max(momentSeq, event.seq)
  for (const step of view.events()) {
    if (step.seq > last) break
    if (step.seq !== momentSeq) {
      history.apply(step)
      continue
    }
    // A revocation may take what it revokes out of the tree, and a grant only puts it there.
    const before = levelsOf(history.state, leaf)
    if (step.kind === 'syscall.refused') refusedBy = whyRefusedThen(history.state, step, view.payload(step))
    const wasHalted = history.state.halted !== null
    history.apply(step)
    const after = levelsOf(history.state, leaf)
    authority = authorityLevels(history, after.length === 0 ? before : after, momentSeq)
    moment = momentOf(history.state, step, wasHalted)
  }
  if (moment === null) throw new Error('the event to explain is in the ledger')
  return { history, moment, authority, refusedBy }
}

/** The same, without reading what has nothing to do with it: the state from a snapshot, and whom events made. */
function lookedUp(
  view: LedgerView & { readonly lookup: LedgerLookup },
  event: Event,
  call: readonly Event[],
  { momentSeq, leaf }: { readonly momentSeq: number; readonly leaf: number },
): Folded {
  const { lookup } = view
  const last = Math.max(momentSeq, event.seq)
  const step = lookup.at(momentSeq)
  if (step === null) throw new Error('the event to explain is in the ledger')
  const state = lookup.stateAfter(momentSeq - 1)
  const before = levelsOf(state, leaf)
  const refusedBy = step.kind === 'syscall.refused' ? whyRefusedThen(state, step, view.payload(step)) : []
  const wasHalted = state.halted !== null
  evolve(state, step)
  const after = levelsOf(state, leaf)
  const levels = after.length === 0 ? before : after
  const history = new History()
  for (const one of learntFor(lookup, [event, ...call], levels, last)) history.learn(one)
  return {
    history,
    moment: momentOf(state, step, wasHalted),
    authority: authorityLevels(history, levels, momentSeq),
    refusedBy,
  }
}

/** What a history must learn to explain `told`, in order, up to event `last`. */
function learntFor(
  lookup: LedgerLookup,
  told: readonly Event[],
  levels: readonly Level[],
  last: number,
): readonly Event[] {
  const before = last + 1
  const seqs = [
    ...told.map(({ seq }) => seq),
    ...learntKinds.flatMap((kind) => lookup.newest({ kind, before })),
    ...levels.flatMap(({ capability }) => lookup.newest({ kind: 'call.approved', capability, before })),
  ]
  const ordered = [...new Set(seqs)].filter((seq) => seq <= last).sort((one, other) => one - other)
  return ordered.flatMap((seq) => lookup.at(seq) ?? [])
}

function momentOf(state: State, { seq }: Event, halted: boolean): Moment {
  return {
    seq,
    canonVersion: state.domain?.canonVersion ?? 0,
    policyVersion: state.domain?.policyVersion ?? '',
    boot: state.boot,
    halted,
  }
}

/** The levels with what made and changed them until event `seq`. */
function authorityLevels(history: History, levels: readonly Level[], seq: number): readonly AuthorityLevel[] {
  return levels.map(({ capability, holder, caveats, usesLeft, revoked }) => {
    const made = history.makers.get(capability)
    if (made === undefined) throw new Error(`no event made capability c${capability}`)
    const how =
      made.kind === 'capability.granted' ? 'granted' : made.kind === 'call.approved' ? 'approved' : 'derived'
    const changed = (history.changes.get(capability) ?? []).filter((change) => change.seq <= seq)
    const changes = changed.map((change) => ({ made: change, order: history.orderOf(change) }))
    const order = history.orderOf(made)
    return { capability, how, made, holder, changes, caveats, usesLeft, revoked, order }
  })
}

/** The capability that the explanation starts from. */
function leafOf(event: Event, call: readonly Event[]): number {
  const admitted = call.findLast((step) => step.kind === 'call.admitted' && step.seq <= event.seq)
  if (admitted?.kind === 'call.admitted') return admitted.body.capability
  if (event.kind === 'capability.derived') return event.body.capability
  if (event.authority !== null) return event.authority.capability
  return 'capability' in event.body ? event.body.capability : 0
}

function decisionOf(event: Event, history: History): readonly CallDecision[] {
  const order = 'comment' in event.body ? history.orderOf(event) : null
  if (order === null || !('comment' in event.body)) return []
  return [{ event, comment: event.body.comment, order }]
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
