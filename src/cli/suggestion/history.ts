/**
 * One agent's history out of the ledger: the calls that were admitted, with their arguments where this
 * machine can open them, and what was refused. Every event is folded on the way, so that at the end the
 * state is the kernel's own.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { Event, EventOf } from '../../kernel/event.ts'
import { evolve } from '../../kernel/evolve.ts'
import type { State } from '../../kernel/state.ts'
import { initialState } from '../../kernel/state.ts'
import type { LedgerView } from '../ledger-view.ts'
import type { ObservedCall } from './selector-evidence.ts'

/** What is told, in order, of one agent. */
export interface HistoryListener {
  admitted(call: ObservedCall): void
  refused?(event: EventOf<'syscall.refused'>): void
  /** Refusals that were counted and not recorded one by one. */
  countedOnly?(count: number): void
}

/** Who is asked about: an agent by name or id. The last one that ever had the name. */
export interface Followed {
  readonly agent: number
  readonly process: number
  readonly name: string
}

/** The agent that `word` names anywhere in the ledger, and the state after the last event. */
export function findFollowed(
  view: LedgerView,
  word: string,
): { readonly followed: Followed | null; readonly state: State; readonly agents: readonly string[] } {
  const state = initialState()
  const agents: string[] = []
  let followed: Followed | null = null
  for (const event of view.events()) {
    evolve(state, event)
    if (event.kind !== 'agent.added') continue
    const { agent, process, name } = event.body
    agents.push(name)
    if (name === word || String(agent) === word) followed = { agent, process, name }
  }
  return { followed, state, agents }
}

/** Tells `listener` what the process did from `sinceMs` on. */
export function follow(view: LedgerView, process: number, sinceMs: number, listener: HistoryListener): void {
  /** Arguments of calls that wait: an approved call is admitted without repeating them. */
  const waiting = new Map<number, JsonObject | null>()
  for (const event of view.events()) {
    if (!('process' in event.body) || event.body.process !== process) {
      if (event.kind === 'call.denied' || event.kind === 'call.lapsed') waiting.delete(event.body.call)
      continue
    }
    if (event.kind === 'call.held') waiting.set(event.body.call, argumentsOf(view, event))
    else if (event.kind === 'call.admitted') {
      const earlier = waiting.get(event.body.call)
      waiting.delete(event.body.call)
      if (event.at < sinceMs) continue
      const { object, selector } = event.body
      const values = earlier === undefined ? argumentsOf(view, event) : earlier
      listener.admitted({ seq: event.seq, at: event.at, object, selector, arguments: values })
    } else if (event.at >= sinceMs) tellRefusal(event, listener)
  }
}

function tellRefusal(event: Event, listener: HistoryListener): void {
  if (event.kind === 'syscall.refused') listener.refused?.(event)
  if (event.kind === 'refusals.aggregated') {
    const counts = Object.values(event.body.counts)
    listener.countedOnly?.(counts.reduce((sum, count) => sum + count, 0))
  }
}

function argumentsOf(view: LedgerView, event: Event): JsonObject | null {
  const bytes = view.payload(event)
  if (bytes === null) return null
  const parsed = parseStrictJson(bytes)
  const value: Json | undefined = parsed.ok ? parsed.value : undefined
  return isJsonObject(value) ? value : null
}
