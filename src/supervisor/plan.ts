/**
 * What the supervisor does about what happens, and nothing of how: a deterministic reducer over plain data,
 * without clock, process or file, so that the simulator runs the very code that runs in production. The one
 * thing it must never get wrong is halt: in a scope that stands still nothing but its kernel is started, whatever
 * else happens, and every live unit of it is killed in the step in which the halt arrives.
 *
 * Times are milliseconds of any clock that does not go back. State is changed in place; only the plan does.
 */
import { sovereignDomain } from '../wire/socket-folder.ts'
import {
  adoptRemembered,
  closeKernel,
  desireDomains,
  desireDrivers,
  desireTables,
  kernelGone,
  learnProcesses,
  statementKnown,
  watchKernels,
} from './domain-life.ts'
import { confirmed, halt, resumed, scopeResumed, watchHalts } from './halting.ts'
import { holdObstacle, programObstacle } from './obstacle.ts'
import { scopeName } from './scope.ts'
import type { Action, Input, KernelNews, Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import type { Unit } from './unit.ts'
import { driverUnitName, isLive, kernelUnitName, newUnit } from './unit.ts'
import { drop, ended, failAndKill, isTransient, kill, startWhatMay } from './unit-life.ts'

export type { Action, HaltRecord, Input, Supervision } from './supervision.ts'
export { holdObstacle, programObstacle } from './obstacle.ts'

/** Takes one input at time `at` and says what to do about it. */
export function supervise(state: Supervision, input: Input, at: number): readonly Action[] {
  const actions: Action[] = []
  state.beganAt ??= at
  apply(state, input, at, actions)
  adoptRemembered(state, at)
  startWhatMay(state, at, actions)
  const isOver = state.isStopping && ![...state.units.values()].some(isLive)
  if (isOver && !state.isFinished) {
    state.isFinished = true
    actions.push({ kind: 'finished' })
  }
  return actions
}

function apply(state: Supervision, input: Input, at: number, actions: Action[]): void {
  switch (input.kind) {
    case 'tick':
      return watch(state, at, actions)
    case 'exited':
      return exited(state, input, at, actions)
    case 'halt-requested':
      actions.push({ kind: 'write-halt-file', scope: input.scope, record: input.record })
      halt(state, input, at, actions)
      actions.push({ kind: 'sync-halt-file', scope: input.scope })
      return
    case 'halt-file-present':
      return state.halts.has(scopeName(input.scope)) ? undefined : halt(state, input, at, actions)
    case 'start-program':
      return startProgram(state, input)
    case 'hold':
      return hold(state, input, at)
    case 'stop-unit':
      return stop(state, input.unit, at, actions)
    case 'statement-known':
      return statementKnown(state, input.domain)
    case 'tables-wanted':
      return desireTables(state, input.domains, at, actions)
    case 'shutdown':
      return shutdown(state, at, actions)
    default:
      // The rest is said by a kernel: only the one that runs now is heard.
      return isPresentKernel(state, input) ? kernelSaid(state, input, at, actions) : undefined
  }
}

function isPresentKernel(state: Supervision, { domain, incarnation }: KernelNews): boolean {
  const kernel = state.units.get(kernelUnitName(domain))
  return kernel?.phase === 'running' && kernel.incarnation === incarnation && state.domains.has(domain)
}

function kernelSaid(state: Supervision, input: KernelNews, at: number, actions: Action[]): void {
  const domain = state.domains.get(input.domain)
  if (domain === undefined) return
  switch (input.kind) {
    case 'serving':
      domain.isServing = true
      domain.pingedAt = at
      return
    case 'pong':
      domain.pingSentAt = null
      return
    case 'desired-units':
      return desireDrivers(state, input.domain, input.drivers, at, actions)
    case 'desired-domains':
      // No other kernel has a say in which kernels there are.
      if (state.hasSovereign && input.domain === sovereignDomain)
        desireDomains(state, input.domains, at, actions)
      return
    case 'restart-driver': {
      const unit = state.units.get(driverUnitName(input.domain, input.driver))
      if (unit?.phase === 'running') failAndKill(unit, 'the kernel asked for a restart', at, actions)
      return
    }
    case 'identities':
      return learnProcesses(domain, input)
    case 'halt-confirmed':
      return input.scope.domain === input.domain ? confirmed(state, input.scope) : undefined
    case 'resumed':
      return resumed(state, input.domain, actions)
    case 'scope-resumed':
      return input.scope.domain === input.domain ? scopeResumed(state, input, actions) : undefined
  }
}

function startProgram(
  state: Supervision,
  { unit, domain, program }: Extract<Input, { kind: 'start-program' }>,
): void {
  if (programObstacle(state, domain, program) !== null || state.units.has(unit)) return
  state.units.set(unit, newUnit(unit, { kind: 'program', domain, program }))
}

/** It runs already; from now on it ends with everything else. */
function hold(
  state: Supervision,
  { unit: name, domain, run }: Extract<Input, { kind: 'hold' }>,
  at: number,
): void {
  if (holdObstacle(state, domain, run) !== null || state.units.has(name)) return
  const unit = newUnit(name, { kind: 'run', domain, run })
  unit.phase = 'running'
  unit.incarnation = ++state.incarnations
  unit.since = at
  unit.isWanted = false
  state.units.set(name, unit)
}

function stop(state: Supervision, name: string, at: number, actions: Action[]): void {
  const unit = state.units.get(name)
  if (unit !== undefined && isTransient(unit)) drop(state, unit, at, actions)
}

function shutdown(state: Supervision, at: number, actions: Action[]): void {
  if (state.isStopping) return
  state.isStopping = true
  for (const unit of state.units.values()) {
    unit.isWanted = false
    if (unit.phase !== 'running') continue
    if (unit.work.kind === 'kernel') closeKernel(state, unit, at, actions)
    else kill(unit, at, actions)
  }
}

function exited(
  state: Supervision,
  input: Extract<Input, { readonly kind: 'exited' }>,
  at: number,
  actions: Action[],
): void {
  const unit = state.units.get(input.unit)
  if (unit === undefined || unit.incarnation !== input.incarnation || !isLive(unit)) return
  if (unit.work.kind === 'kernel') kernelGone(state, unit.work.domain, at, actions)
  ended(state, unit, input.how, at, actions)
}

function watch(state: Supervision, at: number, actions: Action[]): void {
  for (const unit of state.units.values()) {
    if (isOverdue(unit, at)) kill(unit, at, actions)
  }
  watchHalts(state, at, actions)
  watchKernels(state, at, actions)
}

function isOverdue({ phase, askedAt }: Unit, at: number): boolean {
  if (phase === 'killing') return at - askedAt >= supervision.killAgainMs
  return phase === 'closing' && at - askedAt >= supervision.kernelCloseMs
}
