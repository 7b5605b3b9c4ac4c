/**
 * The stages of the gate, in their fixed order. A request passes all of them or is refused by the first that
 * says no; the list is frozen, so nothing can be put before the canon or between two stages after boot.
 * Recording the intent, the re-check at dispatch and the outcome follow in the machine, from the events.
 */
import type { Instant, ObjectId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { whyRefused } from '../capability/arguments.ts'
import { whyUnaffordable } from '../capability/budget.ts'
import { allowsSelector } from '../capability/narrow.ts'
import { approvalsOf, joinedBy, joinedEnough, quorumOf } from '../capability/quorum.ts'
import { whyUnreservable } from '../capability/reserve.ts'
import type { Term } from '../capability/record.ts'
import { whyDead } from '../capability/tree.ts'
import type { Command } from '../command.ts'
import type { Verdict } from '../event.ts'
import { limits } from '../limits.ts'
import { whyIdle } from '../process/freeze.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Driver, Process, State } from '../state.ts'
import { costOf, effectOf, whyForOperator, whyUncanonical } from './reverse.ts'
import type { Judge } from './judge.ts'

/** One attempt to pass the gate with one capability. Stages read it and add what they found. */
export interface Passage {
  readonly at: Instant
  readonly process: Process
  readonly object: ObjectId
  readonly selector: string
  readonly arguments: JsonObject
  readonly commitment: string
  readonly driver: Driver | null
  /** The capability, and above it what has caveats; null when the process holds none that was designated. */
  readonly chain: readonly Term[] | null
  readonly judge: Judge
  /** An approved call keeps the uses it reserved when it was held. */
  readonly alreadyReserved: boolean
  /** Chains of other origin that the use takes too, where it needs a quorum. */
  joined: readonly (readonly Term[])[]
  verdict: Verdict | null
  readonly demands: string[]
}

/** What a passage takes over from a request. */
export type PassingRequest = Pick<
  Extract<Command, { kind: 'call.request' }>,
  'at' | 'selector' | 'arguments' | 'payload'
>

/** The passage of a request with one given chain. */
export function passageOf(
  state: State,
  process: Process,
  object: ObjectId,
  request: PassingRequest,
  chain: readonly Term[] | null,
  judge: Judge,
): Passage {
  return {
    at: request.at,
    process,
    object,
    selector: request.selector,
    arguments: request.arguments,
    commitment: request.payload.commitment,
    driver: state.drivers.get(id(object)) ?? null,
    chain,
    judge,
    alreadyReserved: false,
    joined: [],
    verdict: null,
    demands: [],
  }
}

/** A stage refuses, or returns null and lets the request go on. */
export type Stage = (state: State, passage: Passage) => Refusal | null

/** The gate's stages by name, in order. */
export const stages: readonly (readonly [name: string, stage: Stage])[] = Object.freeze([
  ['halted', whyHalted],
  ['canon', whyForbidden],
  ['capability', whyNotCapable],
  ['policy', whyAgainstPolicy],
  ['budget', whyOverLimits],
  ['approval', collectDemands],
] as const)

/** Runs the stages. Null means passed, with `demands` listing what a person must approve. */
export function whyStopped(state: State, passage: Passage): Refusal | null {
  for (let at = 0; at < stages.length; at++) {
    const stopped = (stages[at] as (typeof stages)[number])[1](state, passage)
    if (stopped !== null) return stopped
  }
  return null
}

function whyHalted(state: State, { process, at }: Passage): Refusal | null {
  return whyIdle(state, process, at)
}

function whyForbidden(state: State, { selector, object, chain, process }: Passage): Refusal | null {
  // Without a capability nothing about the object is told, not even what the canon thinks of it.
  return chain === null ? null : whyUncanonical(state, process.id, object, selector)
}

function whyNotCapable(state: State, passage: Passage): Refusal | null {
  const { chain } = passage
  if (chain === null) {
    return refusal('not-held', 'This process holds no capability for that.', 'A grant by an operator.')
  }
  return whyChainStops(state, passage, chain) ?? whyAlone(state, passage, chain)
}

/** Why one chain by itself does not allow the use, or null. */
function whyChainStops(state: State, passage: Passage, chain: readonly Term[]): Refusal | null {
  const { selector, driver, at } = passage
  const dead = whyDead(state, chain, at)
  if (dead !== null) return dead
  if (!allowsSelector(chain, selector)) {
    return refusal(
      'selector-not-granted',
      `The capability does not allow ${selector}.`,
      `A grant that lists ${selector}.`,
    )
  }
  if (driver?.quarantined.has(selector) === true) {
    return refusal(
      'definition-changed',
      'The driver changed what this selector means.',
      'An operator must review the driver.',
    )
  }
  const outside = whyRefused(chain, selector, passage.arguments, passage.commitment)
  if (outside !== null) return outside
  return passage.alreadyReserved ? null : whyUnreservable(state, chain, at)
}

/** Why the use lacks a quorum, or null when it needs none or enough others join it, which are noted. */
function whyAlone(state: State, passage: Passage, chain: readonly Term[]): Refusal | null {
  const { process, selector, driver, joined } = passage
  const needed = quorumOf(chain, driver, selector)
  if (needed === 1 && joined.length === 0) return null
  const allows = (other: readonly Term[]): boolean => whyChainStops(state, passage, other) === null
  // What was held keeps those it was held with: they have a use reserved, and others have not.
  const found = passage.alreadyReserved
    ? joinedEnough(needed, joined.filter(allows))
    : joinedBy(state, process, chain, needed, allows)
  if ('code' in found) return found
  passage.joined = found
  return null
}

function whyAgainstPolicy(_state: State, passage: Passage): Refusal | null {
  const { process, object, selector, driver, judge } = passage
  const effect = effectOf(driver, selector) ?? 'act'
  passage.verdict = judge.judge({
    process: process.id,
    object,
    selector,
    effect,
    arguments: passage.arguments,
  })
  if (passage.verdict.effect !== 'deny') return null
  return refusal(
    'policy-denied',
    `Policy denies it: ${passage.verdict.reasons.join('; ')}.`,
    'A change of policy.',
  )
}

function whyOverLimits(state: State, passage: Passage): Refusal | null {
  const { process, driver, chain, selector } = passage
  if (process.inFlight >= limits.inFlightPerProcess) {
    return refusal('limit', 'Too many calls of this process are in flight.', 'Wait for some of them.')
  }
  if (driver === null || driver.attached === 0) {
    return refusal(
      'driver-unavailable',
      'The driver is not running.',
      'Try again when it has been restarted.',
    )
  }
  if (passage.alreadyReserved || chain === null) return null
  return whyUnaffordable(state, chain, costOf(driver, selector))
}

function collectDemands(_state: State, passage: Passage): Refusal | null {
  const { chain, verdict, demands } = passage
  const own = chain ?? []
  const levels = passage.joined.length === 0 ? own : [...own, ...passage.joined.flat()]
  const needed = approvalsOf(levels)
  if (needed > 1) demands.push(`the capability asks for approval by ${needed} different operators`)
  else if (levels.some(({ caveats }) => caveats.ask === true || caveats.approvals !== undefined))
    demands.push('the capability asks for approval')
  if (levels.some(({ caveats }) => caveats.fourEyes === true))
    demands.push('the capability asks for four eyes')
  if (verdict?.effect === 'ask') demands.push(...verdict.reasons)
  const authority = whyForOperator(passage.selector, passage.arguments)
  if (authority !== null) demands.push(authority)
  return null
}
