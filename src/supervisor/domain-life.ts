/**
 * Domains in the plan: which kernels are to run, whether each is alive, and what its news means for the units of its
 * domain. The sovereign's kernel starts first and says which others there are; where it does not come up, the others
 * start with what it said last, because they can work on while what it said is valid.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json } from '../base/json.ts'
import { mainDomain, sovereignDomain } from '../wire/socket-folder.ts'
import { newDomain } from './begin.ts'
import type { Action, Domain, DomainUnit, KernelNews, Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import type { DriverUnit, Unit, Work } from './unit.ts'
import { domainOf, driverUnitName, gatewayUnit, kernelUnitName, newUnit, tablesUnitName } from './unit.ts'
import { clearFailures, drop, failAndKill, kill } from './unit-life.ts'

/** The sovereign has said which domains there are. */
export function desireDomains(
  state: Supervision,
  domains: readonly DomainUnit[],
  at: number,
  actions: Action[],
): void {
  state.remembered = null
  const wanted = domains.filter(({ name, status }) => name !== sovereignDomain && status !== 'removed')
  const names = new Set(wanted.map(({ name }) => name))
  for (const { name } of state.domains.values()) {
    if (name !== sovereignDomain && !names.has(name)) closeDomain(state, name, at, actions)
  }
  for (const domain of wanted.slice(0, supervision.domains)) wantDomain(state, domain, actions)
}

/** The sovereign does not come up: members start with what it said last. */
export function adoptRemembered(state: Supervision, at: number): void {
  if (state.remembered === null || state.beganAt === null || state.isStopping) return
  const isGivenUp = state.units.get(kernelUnitName(sovereignDomain))?.phase === 'given-up'
  if (!isGivenUp && at - state.beganAt < supervision.sovereignWaitMs) return
  const members = state.remembered.filter(({ status }) => status !== 'removed')
  state.remembered = null
  for (const domain of members) wantDomain(state, domain, [])
}

/** There is a statement that the kernel of a member can be started with. */
export function statementKnown(state: Supervision, name: string): void {
  const domain = state.domains.get(name)
  if (domain !== undefined) domain.hasStatement = true
  else state.statements.add(name)
}

function wantDomain(state: Supervision, { name, weight }: DomainUnit, actions: Action[]): void {
  const domain = state.domains.get(name)
  if (domain !== undefined) {
    if (domain.weight !== weight) actions.push({ kind: 'weigh', domain: name, weight })
    domain.weight = weight
  } else state.domains.set(name, newDomain(name, weight, state.statements.delete(name)))
  const unit = kernelUnitName(name)
  const known = state.units.get(unit)
  if (known === undefined) state.units.set(unit, newUnit(unit, { kind: 'kernel', domain: name }))
  else known.isWanted = true
}

/** A domain that is to run no more: its units end, its kernel in good order. */
function closeDomain(state: Supervision, name: string, at: number, actions: Action[]): void {
  for (const unit of state.units.values()) {
    if (domainOf(unit.work) !== name) continue
    if (unit.work.kind === 'kernel') closeKernel(state, unit, at, actions)
    else drop(state, unit, at, actions)
  }
}

/** Asks a kernel to end in good order. One that does not run is forgotten. */
export function closeKernel(state: Supervision, unit: Unit, at: number, actions: Action[]): void {
  unit.isWanted = false
  if (unit.phase === 'running') {
    unit.phase = 'closing'
    unit.askedAt = at
    actions.push({ kind: 'close-kernel', unit: unit.name })
  } else drop(state, unit, at, actions)
}

/** What served one kernel serves no other: secrets and connections are gone with it. */
export function kernelGone(state: Supervision, name: string, at: number, actions: Action[]): void {
  const domain = state.domains.get(name)
  if (domain !== undefined) {
    domain.isServing = false
    domain.pingSentAt = null
  }
  for (const unit of state.units.values()) {
    if (unit.work.kind === 'driver' && unit.work.domain === name) drop(state, unit, at, actions)
  }
  const gateway = state.units.get(gatewayUnit)
  if (name === mainDomain && gateway?.phase === 'running') kill(gateway, at, actions)
}

/** The kernel said which drivers are to run. */
export function desireDrivers(
  state: Supervision,
  domain: string,
  drivers: readonly DriverUnit[],
  at: number,
  actions: Action[],
): void {
  const names = new Set(drivers.map(({ driver }) => driverUnitName(domain, driver)))
  for (const unit of state.units.values()) {
    const isOurs = unit.work.kind === 'driver' && unit.work.domain === domain
    if (isOurs && !names.has(unit.name)) drop(state, unit, at, actions)
  }
  for (const driver of drivers) wantDriver(state, { kind: 'driver', domain, driver }, at, actions)
}

function wantDriver(
  state: Supervision,
  work: Extract<Work, { readonly kind: 'driver' }>,
  at: number,
  actions: Action[],
): void {
  const name = driverUnitName(work.domain, work.driver.driver)
  const unit = state.units.get(name)
  if (unit === undefined) {
    state.units.set(name, newUnit(name, work))
    return
  }
  const isChanged = canonicalJson(unit.work as unknown as Json) !== canonicalJson(work as unknown as Json)
  unit.work = work
  unit.isWanted = true
  if (!isChanged) return
  clearFailures(unit, at)
  if (unit.phase === 'running') kill(unit, at, actions)
}

/** The operator said which domains' tables are to be kept. */
export function desireTables(
  state: Supervision,
  domains: readonly string[],
  at: number,
  actions: Action[],
): void {
  for (const unit of state.units.values())
    if (unit.work.kind === 'tables' && !domains.includes(unit.work.domain)) drop(state, unit, at, actions)
  for (const domain of state.isStopping ? [] : domains) {
    const name = tablesUnitName(domain)
    const unit = state.units.get(name)
    if (unit === undefined) state.units.set(name, newUnit(name, { kind: 'tables', domain }))
    else unit.isWanted = true
  }
}

/** The kernel said which processes there are. */
export function learnProcesses(domain: Domain, news: Extract<KernelNews, { kind: 'identities' }>): void {
  if (news.isWhole) domain.processes.clear()
  for (const process of news.gone) domain.processes.delete(process)
  for (const { process, agent, parent, name } of news.processes) {
    domain.processes.set(process, { agent, parent, name })
  }
}

/** Asks every kernel for a sign of life, and ends those that give none. */
export function watchKernels(state: Supervision, at: number, actions: Action[]): void {
  for (const domain of state.domains.values()) {
    const kernel = state.units.get(kernelUnitName(domain.name))
    if (kernel?.phase === 'running') watchKernel(domain, kernel, at, actions)
  }
}

function watchKernel(domain: Domain, kernel: Unit, at: number, actions: Action[]): void {
  if (!domain.isServing) {
    const isLate = at - kernel.since >= supervision.kernelStartMs
    if (isLate) failAndKill(kernel, 'it did not serve in time', at, actions)
  } else if (domain.pingSentAt !== null) {
    const isDeaf = at - domain.pingSentAt >= supervision.pingTimeoutMs
    if (isDeaf) failAndKill(kernel, 'it did not answer a ping', at, actions)
  } else if (at - domain.pingedAt >= supervision.pingEveryMs) {
    domain.pingSentAt = at
    domain.pingedAt = at
    const { incarnation } = kernel
    actions.push({ kind: 'ping-kernel', domain: domain.name, incarnation })
  }
}
