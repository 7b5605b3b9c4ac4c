/**
 * How a unit lives and ends: started when it may, killed, counted when it fails, given up when it fails too often,
 * forgotten when nobody wants it. Part of the plan: state is changed in place, and what is to be done is added to
 * the actions.
 */
import { haltsToTell, isHaltUnderWay, standsStill } from './halts-in-force.ts'
import type { Action, Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import type { Unit } from './unit.ts'
import { domainOf, isLive } from './unit.ts'
import { sovereignDomain } from '../wire/socket-folder.ts'

/** How a program ends that has nothing to complain of. */
const cleanEnd = 'exited with 0'

/** What an operator may end, and what is forgotten when it is gone. */
export function isTransient({ work }: Unit): boolean {
  return work.kind === 'run' || work.kind === 'program' || work.kind === 'driver'
}

/** Sends a kill. That it took effect is seen later. */
export function kill(unit: Unit, at: number, actions: Action[]): void {
  unit.phase = 'killing'
  unit.askedAt = at
  actions.push({ kind: 'kill', unit: unit.name })
}

/** Wants a unit no more. It is forgotten once it is gone. */
export function drop(state: Supervision, unit: Unit, at: number, actions: Action[]): void {
  unit.isWanted = false
  if (unit.phase === 'running') kill(unit, at, actions)
  if (!isLive(unit)) forget(state, unit)
}

/** Remembers a unit that is gone and not wanted no more, but for the latest programs that ended. */
export function forget(state: Supervision, unit: Unit): void {
  if (unit.work.kind !== 'program' || unit.phase !== 'exited') {
    if (unit.work.kind !== 'gateway') state.units.delete(unit.name)
    if (unit.work.kind === 'kernel') state.domains.delete(unit.work.domain)
    return
  }
  const ended = [...state.units.values()].filter((other) => other.phase === 'exited')
  for (const oldest of ended.slice(0, -supervision.endedPrograms)) state.units.delete(oldest.name)
}

/** Forgets earlier failures: whatever made them, the unit starts anew. */
export function clearFailures(unit: Unit, at: number): void {
  unit.failures = []
  unit.retryAt = at
  if (unit.phase === 'given-up') unit.phase = 'waiting'
}

/** Counts a failure and says when the unit may start again. */
export function countFailure(unit: Unit, how: string, at: number): void {
  unit.lastEnd = how
  unit.failures = unit.failures.filter((time) => at - time < supervision.failureWindowMs)
  unit.failures.push(at)
  const backOffMs = supervision.backOffMs * 2 ** (unit.failures.length - 1)
  unit.retryAt = at + Math.min(backOffMs, supervision.longestBackOffMs)
}

/** Kills a unit that failed without ending. */
export function failAndKill(unit: Unit, how: string, at: number, actions: Action[]): void {
  countFailure(unit, how, at)
  kill(unit, at, actions)
}

/** A unit's process has ended, and nothing of it is left. */
export function ended(state: Supervision, unit: Unit, how: string, at: number, actions: Action[]): void {
  const isFailure = unit.phase === 'running'
  const isOver = !unit.isWanted || !isToRunAgain(unit, how)
  // What it was killed for says more than that it was killed.
  if (!isKilledForFailing(unit)) unit.lastEnd = how
  unit.since = at
  unit.phase = unit.work.kind === 'program' && isOver ? 'exited' : 'waiting'
  if (isOver) return forget(state, unit)
  if (isFailure) countFailure(unit, how, at)
  if (unit.failures.length <= supervision.failures) return
  unit.phase = 'given-up'
  const { failures, failureWindowMs } = supervision
  const reason = `failed more than ${failures} times in ${failureWindowMs / 1000} s; the last time: ${unit.lastEnd}`
  actions.push({ kind: 'give-up', unit: unit.name, reason })
}

/** True between `failAndKill` and the end that it asked for. */
function isKilledForFailing({ phase, since, failures }: Unit): boolean {
  return phase === 'killing' && (failures.at(-1) ?? -Infinity) >= since
}

/** Programs run again only as they were started to; everything else is needed as long as it is wanted. */
function isToRunAgain({ work }: Unit, how: string): boolean {
  if (work.kind !== 'program') return true
  const { restart = 'never' } = work.program
  return restart === 'always' || (restart === 'on-failure' && how !== cleanEnd)
}

/** Starts every unit that is wanted, may run now, and has waited long enough. */
export function startWhatMay(state: Supervision, at: number, actions: Action[]): void {
  if (state.isStopping) return
  for (const unit of state.units.values()) {
    const { name, work } = unit
    if (unit.phase !== 'waiting' || !unit.isWanted || unit.retryAt > at || !mayStart(state, unit, at))
      continue
    unit.phase = 'running'
    unit.incarnation = ++state.incarnations
    unit.since = at
    const halts = work.kind === 'kernel' ? haltsToTell(state, work.domain) : null
    const weight = state.domains.get(domainOf(work))?.weight ?? supervision.weight
    actions.push({ kind: 'spawn', unit: name, incarnation: unit.incarnation, work, halts, weight })
  }
}

function mayStart(state: Supervision, unit: Unit, at: number): boolean {
  const { work } = unit
  if (work.kind === 'gateway') return canServe(state)
  const domain = state.domains.get(work.domain)
  if (work.kind === 'kernel') return domain?.hasStatement === true && !isHaltUnderWay(state, work.domain, at)
  return domain?.isServing === true && standsStill(state, unit) === null
}

/** The gateway is of use as soon as some domain has agents to be served. */
function canServe(state: Supervision): boolean {
  return [...state.domains.values()].some(
    ({ name, isServing }) =>
      isServing && name !== sovereignDomain && !state.halts.has('') && !state.halts.has(name),
  )
}

/** When something is to be looked at again, as far as that is known: a back-off is over, a confirmation overdue. */
export function awaitedTimes({ units, halts }: Supervision): readonly number[] {
  const waiting = [...units.values()].filter(({ phase, isWanted }) => phase === 'waiting' && isWanted)
  const unconfirmed = [...halts.values()].flatMap(({ confirmBy }) => confirmBy ?? [])
  return [...waiting.map(({ retryAt }) => retryAt), ...unconfirmed]
}
