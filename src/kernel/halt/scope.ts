/**
 * Agents and processes that stand still, each until an operator's signed resume. The supervisor has killed their
 * programs before it says so here; from then on nothing they ask for happens, whoever still holds their token. What
 * they hold and what waits for a decision stays; what had left is cancelled, and what that did is not undone.
 */
import type { ProcessId, Seq } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Command, Undispatched } from '../command.ts'
import type { Decision, Recorder } from '../decision.ts'
import { accepted, bySupervisor, recorder, recording } from '../decision.ts'
import { recordEnd } from '../gate/recheck.ts'
import { familyOf } from '../process/family.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { OrderedBy } from '../sovereign/ordered.ts'
import { actorOf, no } from '../sovereign/ordered.ts'
import type { Call, Process, State } from '../state.ts'
import type { HaltAction } from './action.ts'
import type { HaltEffect, HaltRequest, HaltScope, HaltedScope } from './event-bodies.ts'

/** Fewest milliseconds between two drills that are recorded. */
const drillPauseMs = 1_000

/** The name of a scope, among those of its domain. */
export function scopeKey(scope: HaltScope): string {
  return 'agent' in scope ? `agent-${scope.agent}` : `process-${scope.process}`
}

/** The halt that keeps this very process still, or undefined. Those of its ancestors are theirs. */
export function haltOf({ scopes }: State, { id: process, agent }: Process): HaltedScope | undefined {
  if (scopes === undefined) return undefined
  return scopes.get(`process-${process}`) ?? (agent === 0 ? undefined : scopes.get(`agent-${agent}`))
}

/** Why nothing of a halted process happens. */
export const scopeHalted: Refusal = refusal(
  'halted',
  'This process is halted.',
  'A sovereign operator’s signed resume.',
)

/** Records the halt of a scope, or what it did. One that was resumed meanwhile, or of nothing, changes nothing. */
export function decideScopeHalt(state: State, command: Extract<Command, { kind: 'scope.halt' }>): Decision {
  const recorded = recorder(state, command.at)
  const { scope, isReport, undispatched } = command
  const known = state.scopes?.get(scopeKey(scope))
  if (isReport ? known?.requestedAt !== command.requestedAt : !isToBeHalted(state, command))
    return accepted(recorded)
  const calls = callsOf(state, scope)
  const seq = recordHalt(recorded, command, { cause: isReport ? (known?.seq ?? 0) : 0, calls, undispatched })
  const reason = 'its process was halted'
  for (const { id: call } of calls)
    recordEnd(state, recorded, { call, outcome: 'cancelled', reason, released: undispatched.has(call) }, seq)
  return accepted(recorded)
}

/** Whether a halt is one that the state does not know: of something that lives, and not one that was resumed. */
export function isToBeHalted(
  state: State,
  { scope, requestedAt }: HaltRequest & { readonly scope: HaltScope },
): boolean {
  const key = scopeKey(scope)
  const isKnown = 'agent' in scope ? state.agents.has(scope.agent) : isLiving(state, scope.process)
  return (
    isKnown && state.scopes?.get(key)?.requestedAt !== requestedAt && state.lifted?.get(key) !== requestedAt
  )
}

function isLiving(state: State, process: ProcessId): boolean {
  return state.processes.get(process)?.killed === false || state.drivers.has(id(process))
}

/** Adds the event of a halt, and returns its seq. */
export function recordHalt(
  recorded: Recorder,
  halt: HaltRequest & HaltEffect & { readonly scope: HaltScope },
  {
    cause,
    calls = [],
    undispatched,
  }: { readonly cause: number; readonly calls?: readonly Call[]; readonly undispatched?: Undispatched },
): Seq {
  const { scope, requestedAt, requestedBy, reason } = halt
  const inFlight = calls.map((call) => call.id)
  const left = inFlight.filter((call) => undispatched?.has(call) !== true)
  const body = { scope, requestedAt, requestedBy, reason, inFlight, ...effectOf(halt) }
  const circumstances = { ...bySupervisor, cause }
  return recorded.record('scope.halted', left.length === 0 ? body : { ...body, left }, circumstances)
}

/** The members of an effect that are there. */
export function effectOf({ trees, survivors, killMicros, deadMicros }: HaltEffect): HaltEffect {
  return {
    ...(trees === undefined ? {} : { trees }),
    ...(survivors === undefined ? {} : { survivors }),
    ...(killMicros === undefined ? {} : { killMicros }),
    ...(deadMicros === undefined ? {} : { deadMicros }),
  }
}

function callsOf(state: State, scope: HaltScope): readonly Call[] {
  const members = new Set(
    'agent' in scope
      ? [...state.processes.values()].filter(({ agent }) => agent === scope.agent).map((each) => each.id)
      : familyOf(state, scope.process).map((each) => each.id),
  )
  return [...state.calls.values()].filter((call) => call.stage === 'admitted' && members.has(call.process))
}

/** Carries out an operator's resume of a scope. */
export function resumeScope(state: State, by: OrderedBy, { scope }: HaltAction): Decision {
  const halted = state.scopes?.get(scopeKey(scope))
  if (halted === undefined) return no('bad-request', 'That is not halted.', 'A scope that is halted.')
  const body = { scope, operator: by.operator.id, signed: by.signed }
  return recording(state, by.at, 'scope.resumed', body, { ...actorOf(by), cause: halted.seq })
}

/** Carries out an operator's resume of the whole domain. */
export function resumeDomain(state: State, by: OrderedBy): Decision {
  const { at, operator, signed } = by
  if (state.halted === null) return no('bad-request', 'Nothing is halted.', 'Nothing.')
  const circumstances = { ...actorOf(by), cause: state.halted.seq }
  return recording(state, at, 'domain.resumed', { operator: operator.id, signed }, circumstances)
}

/** Records that halting was tried out, at most once a second. */
export function decideDrill(state: State, command: Extract<Command, { kind: 'drill.record' }>): Decision {
  const { at, scope, requestedBy, problems } = command
  if (state.drill !== undefined && at - state.drill.at < drillPauseMs)
    return no('rate-limited', 'A drill was recorded just now.', 'Wait a second.')
  const body = { scope, requestedBy, problems, ...effectOf(command) }
  return recording(state, at, 'drill.recorded', body, bySupervisor)
}
