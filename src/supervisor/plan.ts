/**
 * What the supervisor does about what happens, and nothing of how: a deterministic reducer over plain data,
 * without clock, process or file, so that the simulator runs the very code that runs in production. The one
 * thing it must never get wrong is halt: while halted nothing but the kernel is started, whatever else
 * happens, and every live unit is killed in the step in which the halt arrives.
 *
 * Times are milliseconds of any clock that does not go back. State is changed in place; only this file does.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json } from '../base/json.ts'
import { carriedOut, isHaltUnderWay } from './carried-out-halt.ts'
import { holdObstacle, programObstacle } from './obstacle.ts'
import type { Action, HaltRecord, Input, Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import type { AgentProgram, DriverUnit, HeldRun, Unit, Work } from './unit.ts'
import { isLive, kernelUnit, newUnit } from './unit.ts'

export type { Action, HaltRecord, Input, Supervision } from './supervision.ts'
export { holdObstacle, programObstacle } from './obstacle.ts'

/** Takes one input at time `at` and says what to do about it. */
export function supervise(state: Supervision, input: Input, at: number): readonly Action[] {
  const actions: Action[] = []
  apply(state, input, at, actions)
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
      actions.push({ kind: 'write-halt-file', record: input.record })
      halt(state, input.record, at, actions)
      actions.push({ kind: 'sync-halt-file' })
      return
    case 'halt-file-present':
      return state.halted === null ? halt(state, input.record, at, actions) : undefined
    case 'start-program':
      return startProgram(state, input.unit, input.program)
    case 'hold':
      return hold(state, input, at)
    case 'stop-unit':
      return stop(state, input.unit, at, actions)
    case 'shutdown':
      return shutdown(state, at, actions)
    default:
      // The rest is said by a kernel: only the one that runs now is heard.
      return isPresentKernel(state, input.incarnation) ? kernelSaid(state, input, at, actions) : undefined
  }
}

type KernelNews = Extract<
  Input,
  { readonly kind: 'serving' | 'pong' | 'desired-units' | 'restart-driver' | 'resumed' }
>

function isPresentKernel(state: Supervision, incarnation: number): boolean {
  const kernel = state.units.get(kernelUnit)
  return kernel?.phase === 'running' && kernel.incarnation === incarnation
}

function kernelSaid(state: Supervision, input: KernelNews, at: number, actions: Action[]): void {
  switch (input.kind) {
    case 'serving':
      state.isServing = true
      state.pingedAt = at
      return
    case 'pong':
      state.pingSentAt = null
      return
    case 'desired-units':
      return desire(state, input.drivers, at, actions)
    case 'restart-driver': {
      const unit = state.units.get(driverUnitName(input.driver))
      if (unit?.phase === 'running') failAndKill(unit, 'the kernel asked for a restart', at, actions)
      return
    }
    case 'resumed':
      if (state.halted === null) return
      state.halted = null
      actions.push({ kind: 'remove-halt-file' })
  }
}

/** The unit name of a driver. */
export function driverUnitName(driver: number): string {
  return `driver-${driver}`
}

function desire(state: Supervision, drivers: readonly DriverUnit[], at: number, actions: Action[]): void {
  const names = new Set(drivers.map(({ driver }) => driverUnitName(driver)))
  for (const unit of state.units.values()) {
    if (unit.work.kind === 'driver' && !names.has(unit.name)) drop(state, unit, at, actions)
  }
  for (const driver of drivers) wantDriver(state, driver, at, actions)
}

function wantDriver(state: Supervision, driver: DriverUnit, at: number, actions: Action[]): void {
  const name = driverUnitName(driver.driver)
  const work: Work = { kind: 'driver', driver }
  const unit = state.units.get(name)
  if (unit === undefined) {
    state.units.set(name, newUnit(name, work))
    return
  }
  const isChanged = canonicalJson(unit.work as unknown as Json) !== canonicalJson(work as unknown as Json)
  unit.work = work
  unit.isWanted = true
  if (!isChanged) return
  unit.failures = []
  unit.retryAt = at
  if (unit.phase === 'given-up') unit.phase = 'waiting'
  if (unit.phase === 'running') kill(unit, at, actions)
}

function startProgram(state: Supervision, name: string, program: AgentProgram): void {
  if (programObstacle(state) !== null || state.units.has(name)) return
  state.units.set(name, newUnit(name, { kind: 'program', program }))
}

/** It runs already; from now on it ends with everything else. */
function hold(state: Supervision, { unit: name, run }: { unit: string; run: HeldRun }, at: number): void {
  if (holdObstacle(state) !== null || state.units.has(name)) return
  const unit = newUnit(name, { kind: 'run', run })
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
    if (unit.work.kind === 'kernel') {
      unit.phase = 'closing'
      unit.askedAt = at
      actions.push({ kind: 'close-kernel' })
    } else kill(unit, at, actions)
  }
}

/** What an operator may end, and what is forgotten when it is gone. */
function isTransient({ work }: Unit): boolean {
  return work.kind === 'run' || work.kind === 'program' || work.kind === 'driver'
}

const killOrder = ['run', 'program', 'driver', 'gateway', 'kernel'] as const

/** Always the whole path, also when halted already: a resume may be under way and must not win. */
function halt(state: Supervision, record: HaltRecord, at: number, actions: Action[]): void {
  state.halted = record
  state.haltedAt = at
  state.killedTrees = 0
  state.isServing = false
  state.pingSentAt = null
  for (const kind of killOrder) {
    for (const unit of state.units.values()) {
      if (unit.work.kind !== kind) continue
      if (isLive(unit)) {
        state.killedTrees++
        kill(unit, at, actions)
      }
      unit.failures = []
      unit.retryAt = at
      if (unit.phase === 'given-up') unit.phase = 'waiting'
      if (isTransient(unit)) drop(state, unit, at, actions)
    }
  }
}

/** Wants a unit no more. It is forgotten once it is gone. */
function drop(state: Supervision, unit: Unit, at: number, actions: Action[]): void {
  unit.isWanted = false
  if (unit.phase === 'running') kill(unit, at, actions)
  if (!isLive(unit)) forget(state, unit)
}

function forget(state: Supervision, unit: Unit): void {
  if (unit.work.kind !== 'program' || unit.phase !== 'exited') {
    if (isTransient(unit)) state.units.delete(unit.name)
    return
  }
  const ended = [...state.units.values()].filter((other) => other.phase === 'exited')
  for (const oldest of ended.slice(0, -supervision.endedPrograms)) state.units.delete(oldest.name)
}

function kill(unit: Unit, at: number, actions: Action[]): void {
  unit.phase = 'killing'
  unit.askedAt = at
  actions.push({ kind: 'kill', unit: unit.name })
}

function exited(
  state: Supervision,
  input: Extract<Input, { readonly kind: 'exited' }>,
  at: number,
  actions: Action[],
): void {
  const unit = state.units.get(input.unit)
  if (unit === undefined || unit.incarnation !== input.incarnation || !isLive(unit)) return
  const isFailure = unit.phase === 'running'
  unit.lastEnd = input.how
  unit.since = at
  unit.phase = unit.work.kind === 'program' ? 'exited' : 'waiting'
  if (unit.work.kind === 'kernel') kernelGone(state, at, actions)
  if (!unit.isWanted || unit.work.kind === 'program') return forget(state, unit)
  if (isFailure) countFailure(unit, input.how, at)
  if (unit.failures.length > supervision.failures) giveUp(unit, actions)
}

/** What served one kernel serves no other: secrets and connections are gone with it. */
function kernelGone(state: Supervision, at: number, actions: Action[]): void {
  state.isServing = false
  state.pingSentAt = null
  for (const unit of state.units.values()) {
    if (unit.work.kind === 'driver') drop(state, unit, at, actions)
    if (unit.work.kind === 'gateway' && unit.phase === 'running') kill(unit, at, actions)
  }
}

function countFailure(unit: Unit, how: string, at: number): void {
  unit.lastEnd = how
  unit.failures = unit.failures.filter((time) => at - time < supervision.failureWindowMs)
  unit.failures.push(at)
  const backOffMs = supervision.backOffMs * 2 ** (unit.failures.length - 1)
  unit.retryAt = at + Math.min(backOffMs, supervision.longestBackOffMs)
}

function giveUp(unit: Unit, actions: Action[]): void {
  unit.phase = 'given-up'
  const { failures, failureWindowMs } = supervision
  const reason = `failed more than ${failures} times in ${failureWindowMs / 1000} s; the last time: ${unit.lastEnd}`
  actions.push({ kind: 'give-up', unit: unit.name, reason })
}

function failAndKill(unit: Unit, how: string, at: number, actions: Action[]): void {
  countFailure(unit, how, at)
  kill(unit, at, actions)
}

function watch(state: Supervision, at: number, actions: Action[]): void {
  for (const unit of state.units.values()) {
    const isStuck = unit.phase === 'killing' && at - unit.askedAt >= supervision.killAgainMs
    const isSlow = unit.phase === 'closing' && at - unit.askedAt >= supervision.kernelCloseMs
    if (isStuck || isSlow) kill(unit, at, actions)
  }
  const kernel = state.units.get(kernelUnit)
  if (kernel?.phase === 'running') watchKernel(state, kernel, at, actions)
}

function watchKernel(state: Supervision, kernel: Unit, at: number, actions: Action[]): void {
  if (!state.isServing) {
    const isLate = at - kernel.since >= supervision.kernelStartMs
    if (isLate) failAndKill(kernel, 'it did not serve in time', at, actions)
  } else if (state.pingSentAt !== null) {
    const isDeaf = at - state.pingSentAt >= supervision.pingTimeoutMs
    if (isDeaf) failAndKill(kernel, 'it did not answer a ping', at, actions)
  } else if (at - state.pingedAt >= supervision.pingEveryMs) {
    state.pingSentAt = at
    state.pingedAt = at
    actions.push({ kind: 'ping-kernel', incarnation: kernel.incarnation })
  }
}

function startWhatMay(state: Supervision, at: number, actions: Action[]): void {
  if (state.isStopping) return
  const mayAll = state.halted === null && state.isServing
  for (const unit of state.units.values()) {
    if (unit.phase !== 'waiting' || !unit.isWanted || unit.retryAt > at) continue
    const isKernel = unit.work.kind === 'kernel'
    if (!isKernel && !mayAll) continue
    if (isKernel && isHaltUnderWay(state, at)) continue
    unit.phase = 'running'
    unit.incarnation = ++state.incarnations
    unit.since = at
    const { name, incarnation, work } = unit
    actions.push({ kind: 'spawn', unit: name, incarnation, work, halt: isKernel ? carriedOut(state) : null })
  }
}
