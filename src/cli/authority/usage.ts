/**
 * What was done under each capability, from the ledger: an admitted call is a use of the capability it was
 * admitted under and of every one above it. A call that was let through and then not dispatched counts too:
 * somebody wanted it. Arguments are looked at only where somebody asks for them, because opening them costs.
 */
import type { ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { receiveSelector } from '../../kernel/capability/derive.ts'
import type { Event, EventOf } from '../../kernel/event.ts'
import type { LedgerView } from '../ledger-view.ts'
import { SelectorEvidence } from '../suggestion/selector-evidence.ts'
import { History } from './history.ts'
import { levelsOf } from './level.ts'

/** The uses of one capability. */
export interface Usage {
  count: number
  lastAt: number
  lastSeq: number
  /** What was seen of each selector, from the instant on that was asked for. */
  readonly selectors: Map<string, SelectorEvidence>
}

/** What to look at. */
export interface UsageInterest {
  /** Evidence by selector is kept from this instant on. */
  readonly sinceMs: number
  /** Whether arguments are opened. */
  readonly arguments: boolean
}

/** A ledger's history, and the uses in it. */
export interface UsageHistory {
  readonly history: History
  readonly usages: ReadonlyMap<number, Usage>
  /** Refusals that were counted and not recorded one by one. */
  readonly countedOnly: number
}

/** Goes through the whole ledger once. */
export function usageIn(view: LedgerView, interest: UsageInterest): UsageHistory {
  const history = new History()
  const usages = new Map<number, Usage>()
  /** Arguments of calls that wait: an approved call is admitted without repeating them. */
  const waiting = new Map<number, JsonObject | null>()
  let countedOnly = 0
  for (const event of view.events()) {
    if (event.kind === 'call.admitted') {
      const earlier = waiting.get(event.body.call)
      waiting.delete(event.body.call)
      const isWanted = interest.arguments && event.at >= interest.sinceMs
      const values = earlier !== undefined ? earlier : isWanted ? argumentsOf(view, event) : null
      note(history, usages, event, values, interest)
    } else if (event.kind === 'call.held' && interest.arguments) {
      waiting.set(event.body.call, argumentsOf(view, event))
    } else if (event.kind === 'call.lapsed' || event.kind === 'call.denied') {
      waiting.delete(event.body.call)
    } else if (event.kind === 'capability.derived' || event.kind === 'capability.moved') {
      noteGiving(history, usages, event)
    } else if (event.kind === 'refusals.aggregated') {
      for (const count of Object.values(event.body.counts)) countedOnly += count
    }
    history.apply(event)
  }
  return { history, usages, countedOnly }
}

/** Counts one admission for every level that it was admitted under, as the tree is just before it. */
function note(
  { state }: History,
  usages: Map<number, Usage>,
  { seq, at, body }: EventOf<'call.admitted'>,
  values: JsonObject | null,
  { sinceMs }: UsageInterest,
): void {
  const { object, selector } = body
  for (const { capability, handle } of levelsOf(state, body.capability)) {
    if (handle === 0) continue
    const usage = count(usages, capability, seq, at)
    if (at < sinceMs) continue
    const evidence = usage.selectors.get(selector) ?? new SelectorEvidence()
    usage.selectors.set(selector, evidence)
    evidence.add({ seq, at, object, selector, arguments: values })
  }
}

/** Giving to another process uses the capability on it that allows that; it is no call. */
function noteGiving(
  { state }: History,
  usages: Map<number, Usage>,
  { seq, at, actor, body }: EventOf<'capability.derived' | 'capability.moved'>,
): void {
  const giver = state.processes.get(id<ProcessId>(actor.id))
  if (actor.kind !== 'process' || giver === undefined || giver.id === body.holder) return
  for (const held of giver.handles.values()) {
    const [leaf] = levelsOf(state, held)
    if (leaf?.object !== Number(body.holder)) continue
    count(usages, held, seq, at).selectors.set(receiveSelector, new SelectorEvidence())
  }
}

function count(usages: Map<number, Usage>, capability: number, seq: number, at: number): Usage {
  const usage = usages.get(capability) ?? { count: 0, lastAt: 0, lastSeq: 0, selectors: new Map() }
  usages.set(capability, usage)
  usage.count += 1
  usage.lastAt = at
  usage.lastSeq = seq
  return usage
}

function argumentsOf(view: LedgerView, event: Event): JsonObject | null {
  const bytes = view.payload(event)
  const parsed = bytes === null ? null : parseStrictJson(bytes)
  return parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : null
}
