/**
 * Carries what drivers ask of their clients, once the gate has let it through: to the very request in whose
 * course it is asked, to nobody when an operator has answered already, and never to a client where the answer
 * is authority. A driver's roots are what its own capability names; a client may be shown the question, and
 * what it answers is not even read.
 */
import type { CallId, Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { termsFor, wheresOf } from '../kernel/capability/arguments.ts'
import { selectorsOf } from '../kernel/capability/narrow.ts'
import type { Constraint } from '../kernel/capability/terms.ts'
import type { State } from '../kernel/state.ts'
import { wireLimits } from '../wire/frame.ts'
import type { Core } from './core.ts'
import type { Departure, Dispatcher, DriverAnswer } from './departure.ts'
import { liveOf } from './dispatch-header.ts'
import type { Flights } from './flight.ts'
import { mayUse } from './resource-list.ts'

const rootsSelector = 'client/roots'
const nothing = (): void => {}

/** Carries reverse calls. One per machine. */
export class ReverseDispatcher implements Dispatcher {
  readonly #core: Core
  readonly #flights: () => Flights

  constructor(core: Core, flights: () => Flights) {
    this.#core = core
    this.#flights = flights
  }

  dispatch(departure: Departure): () => void {
    const call = departure.header['call']
    const asked = typeof call === 'number' ? this.#core.state.calls.get(id<CallId>(call)) : undefined
    if (asked === undefined || !departure.mayLeave()) return nothing
    if (asked.selector === rootsSelector) return this.#roots(departure, asked.process)
    if (asked.demands.length > 0 && asked.selector === 'client/elicitation') {
      const answer = this.#flights().get(asked.id)?.answer ?? null
      return later(departure, done({ action: 'accept', ...contentOf(answer) }))
    }
    return this.#ask(departure, (answer) => departure.onAnswer(checked(answer)))
  }

  #roots(departure: Departure, driver: number): () => void {
    const answer = done({ roots: rootsOf(this.#core.state, driver, this.#core.now()) })
    const around = [...(this.#flightAround(departure)?.notes.values() ?? [])]
    const canBeShown = around.some(({ answers }) => answers.includes(rootsSelector))
    return canBeShown ? this.#ask(departure, () => departure.onAnswer(answer)) : later(departure, answer)
  }

  /** Asks the client in whose call this is asked. */
  #ask(departure: Departure, onAnswer: (answer: DriverAnswer) => void): () => void {
    const { selector, call, key } = departure.header as { selector: string; call: CallId; key?: string }
    const flight = this.#flightAround(departure)
    const { bytes } = departure
    for (const [waiter, { answers }] of flight?.notes ?? []) {
      if (flight === undefined || !answers.some((able) => able === selector)) continue
      const withdraw = waiter.ask?.({ call: flight.call, selector, key, bytes, onAnswer }) ?? null
      if (withdraw !== null) return withdraw
    }
    return later(departure, failed(`the client of call ${call} cannot answer ${selector}`))
  }

  #flightAround(departure: Departure): ReturnType<Flights['get']> {
    const flights = this.#flights()
    const within = flights.get(departure.header['call'] as CallId)?.within ?? 0
    return within === 0 ? undefined : flights.get(within)
  }
}

/** The roots that the driver's live capabilities name: values of `eq` and `in` on `uri`, in order, once each. */
export function rootsOf(state: State, driver: number, at: Instant): readonly Json[] {
  const uris = liveOf(state, driver, at).flatMap((chain) => {
    if (!selectorsOf(chain).has(rootsSelector)) return []
    const named = wheresOf(chain[0]?.caveats ?? {}).flatMap((where) => {
      const term = termsFor(where, rootsSelector)?.arguments['uri']
      return term === undefined ? [] : namedBy(term.constraint)
    })
    return named.filter((uri) => mayUse([chain], rootsSelector, uri))
  })
  return [...new Set(uris)].map((uri) => ({ uri }))
}

function namedBy(constraint: Constraint): readonly string[] {
  const values = 'eq' in constraint ? [constraint.eq] : 'in' in constraint ? constraint.in : []
  return values.filter((value) => typeof value === 'string')
}

function contentOf(answer: Uint8Array | null): JsonObject {
  if (answer === null) return {}
  const parsed = parseStrictJson(answer)
  return parsed.ok ? { content: parsed.value } : {}
}

/** A client's answer is passed on only if it is an object of bounded size and depth. */
function checked(answer: DriverAnswer): DriverAnswer {
  if (answer.kind !== 'answered' || answer.outcome === 'failed') return answer
  const parsed = parseStrictJson(answer.result, {
    maxBytes: wireLimits.maxBodyLength,
    maxDepth: 64,
    maxValues: 131_072,
  })
  return parsed.ok && isJsonObject(parsed.value) ? answer : failed('the client’s answer is malformed')
}

function later(departure: Departure, answer: DriverAnswer): () => void {
  queueMicrotask(() => departure.onAnswer(answer))
  return nothing
}

function done(result: JsonObject): DriverAnswer {
  const bytes = new TextEncoder().encode(JSON.stringify(result))
  return { kind: 'answered', outcome: 'done', reason: '', result: bytes }
}

function failed(reason: string): DriverAnswer {
  return { kind: 'answered', outcome: 'failed', reason, result: new Uint8Array(0) }
}
