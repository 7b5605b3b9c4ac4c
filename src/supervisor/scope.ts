/**
 * What a halt stops: everything, one domain, one agent, or one process with its children. The name of a scope is
 * the name of its halt file, so that a file put there by hand says which scope it means. Who belongs to a scope is
 * known from what the kernels told before: a halt must not have to ask them.
 */
import type { Supervision } from './supervision.ts'
import type { Unit } from './unit.ts'
import { domainOf } from './unit.ts'

/** What a halt stops. */
export type Scope =
  | { readonly kind: 'everything' }
  | { readonly kind: 'domain'; readonly domain: string }
  | { readonly kind: 'agent'; readonly domain: string; readonly agent: number }
  | { readonly kind: 'process'; readonly domain: string; readonly process: number }

/** A scope inside a domain: its kernel goes on. */
export type InnerScope = Extract<Scope, { readonly kind: 'agent' | 'process' }>

/** The whole system. */
export const everything: Scope = { kind: 'everything' }

const innerName = /^(?<domain>.+)\.(?<kind>agent|process)-(?<number>[1-9]\d{0,9})$/u
const domainPattern = /^[a-z0-9][a-z0-9._-]{0,63}$/u

/** Whether a domain may have this name: not one that reads like the name of another scope. */
export function isDomainName(name: unknown): name is string {
  return typeof name === 'string' && domainPattern.test(name) && !innerName.test(name)
}

/** Name of a scope; `everything` has an empty one. */
export function scopeName(scope: Scope): string {
  switch (scope.kind) {
    case 'everything':
      return ''
    case 'domain':
      return scope.domain
    case 'agent':
      return `${scope.domain}.agent-${scope.agent}`
    case 'process':
      return `${scope.domain}.process-${scope.process}`
  }
}

/** The scope of that name, or null when no scope is called so. */
export function scopeNamed(name: string): Scope | null {
  const inner = innerName.exec(name)?.groups
  if (inner === undefined) return isDomainName(name) ? { kind: 'domain', domain: name } : null
  const { domain = '', kind, number } = inner
  if (!isDomainName(domain)) return null
  return kind === 'agent'
    ? { kind: 'agent', domain, agent: Number(number) }
    : { kind: 'process', domain, process: Number(number) }
}

/** Whether a scope is known here; an agent or a process also while its kernel has not said whom it has. */
export function isKnownScope({ domains }: Supervision, scope: Scope): boolean {
  if (scope.kind === 'everything') return true
  const domain = domains.get(scope.domain)
  if (scope.kind === 'domain' || domain?.isServing !== true) return domain !== undefined
  if (scope.kind === 'process') return domain.processes.has(scope.process)
  return [...domain.processes.values()].some(({ agent }) => agent === scope.agent)
}

/** The number of an agent by its name, as the domain's kernel told it; 0, which no agent has, when there is none. */
export function agentNamed({ domains }: Supervision, domain: string, name: string): number {
  for (const known of domains.get(domain)?.processes.values() ?? [])
    if (known.parent === 0 && known.agent !== 0 && known.name === name) return known.agent
  return 0
}

/** Whether a halt of `scope` ends this unit. The kernel of a domain goes on when an agent of it is halted. */
export function isInScope(state: Supervision, { work }: Unit, scope: Scope): boolean {
  if (scope.kind === 'everything') return true
  if (work.kind === 'gateway' || domainOf(work) !== scope.domain) return false
  if (scope.kind === 'domain') return true
  switch (work.kind) {
    case 'kernel':
    case 'tables':
      return false
    case 'driver':
      return scope.kind === 'process' && scope.process === work.driver.driver
    case 'program':
      return isOfProcess(
        state,
        scope,
        standingProcess(state, work.domain, work.program.agent),
        work.program.agent,
      )
    case 'run':
      return isOfProcess(state, scope, work.run.process, work.run.agent)
  }
}

/** Whether a process of that agent's name is in an inner scope: it, or one that it descends from. */
export function isOfProcess(state: Supervision, scope: InnerScope, process: number, agent: string): boolean {
  const processes = state.domains.get(scope.domain)?.processes
  const seen = new Set<number>()
  for (let at = process; at !== 0 && !seen.has(at); at = processes?.get(at)?.parent ?? 0) {
    seen.add(at)
    if (scope.kind === 'process' ? at === scope.process : processes?.get(at)?.agent === scope.agent)
      return true
  }
  // A process that the kernel has not told of yet: its agent's name has to do.
  if (scope.kind === 'process' || processes?.has(process) === true) return false
  return [...(processes?.values() ?? [])].some(
    ({ agent: number, parent, name }) => number === scope.agent && parent === 0 && name === agent,
  )
}

function standingProcess(state: Supervision, domain: string, agent: string): number {
  for (const [process, { name, parent }] of state.domains.get(domain)?.processes ?? []) {
    if (parent === 0 && name === agent) return process
  }
  return 0
}
