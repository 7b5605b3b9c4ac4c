/**
 * Halts in the plan: one path for every scope. Everything that lives in the scope is killed in the step in which the
 * halt arrives, before anybody is told of it, and nothing in it is started until an operator's signed resume. A halt
 * of the scope that stands still already goes the whole way again: a resume may be under way and must not win.
 */
import { mainDomain, sovereignDomain } from '../wire/socket-folder.ts'
import type { InnerScope, Scope } from './scope.ts'
import { isInScope, scopeName } from './scope.ts'
import { carriedOut, survivorsOf } from './halts-in-force.ts'
import type { Action, Halt, HaltRecord, Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import { isLive, kernelUnitName, ownerOf } from './unit.ts'
import { clearFailures, drop, failAndKill, isTransient, kill } from './unit-life.ts'

const killOrder = ['run', 'program', 'driver', 'tables', 'gateway', 'kernel'] as const

/** Halts a scope. The actions are the kills, and nothing that could wait comes before them. */
export function halt(
  state: Supervision,
  { scope, record }: { readonly scope: Scope; readonly record: HaltRecord },
  at: number,
  actions: Action[],
): void {
  const trees = killScope(state, scope, at, actions)
  const inner = scope.kind === 'agent' || scope.kind === 'process' ? scope : null
  const made: Halt = {
    scope,
    record,
    haltedAt: at,
    trees,
    confirmBy: null,
    isReported: inner === null,
    resumed: new Set(),
  }
  state.halts.set(scopeName(scope), made)
  if (inner !== null) tellKernel(state, made, inner, at, actions)
}

/** Kills what lives in the scope, and returns how many trees that was, by domain. */
function killScope(
  state: Supervision,
  scope: Scope,
  at: number,
  actions: Action[],
): ReadonlyMap<string, number> {
  const isInner = scope.kind === 'agent' || scope.kind === 'process'
  const trees = new Map<string, number>()
  for (const kind of killOrder) {
    for (const unit of state.units.values()) {
      if (unit.work.kind !== kind || !isInScope(state, unit, scope)) continue
      if (isLive(unit)) {
        const owner = ownerOf(unit.work)
        trees.set(owner, (trees.get(owner) ?? 0) + 1)
        kill(unit, at, actions)
      }
      clearFailures(unit, at)
      // Its kernel, which goes on, will not ask for a halted driver again.
      if (isTransient(unit) && !(isInner && kind === 'driver')) drop(state, unit, at, actions)
      if (unit.work.kind === 'kernel') stopServing(state, unit.work.domain)
    }
  }
  return trees
}

function stopServing(state: Supervision, name: string): void {
  const domain = state.domains.get(name)
  if (domain === undefined) return
  domain.isServing = false
  domain.pingSentAt = null
}

/** A kernel that serves is told at once; one that is only starting, or cannot be told, is started anew. */
function tellKernel(state: Supervision, made: Halt, scope: InnerScope, at: number, actions: Action[]): void {
  const kernel = state.units.get(kernelUnitName(scope.domain))
  if (kernel?.phase !== 'running') return
  if (state.domains.get(scope.domain)?.isServing !== true) return kill(kernel, at, actions)
  made.confirmBy = at + supervision.confirmMs
  actions.push({ kind: 'tell-halt', incarnation: kernel.incarnation, scope, record: made.record })
}

/** The kernel holds the halt to be in force. */
export function confirmed(state: Supervision, scope: InnerScope): void {
  const found = state.halts.get(scopeName(scope))
  if (found !== undefined) found.confirmBy = null
}

/** Time passed: kernels that did not confirm are ended, and the others hear what a halt did when that is known. */
export function watchHalts(state: Supervision, at: number, actions: Action[]): void {
  for (const found of state.halts.values()) {
    const { scope } = found
    if (scope.kind !== 'agent' && scope.kind !== 'process') continue
    const kernel = state.units.get(kernelUnitName(scope.domain))
    if (found.confirmBy !== null && at >= found.confirmBy) {
      found.confirmBy = null
      if (kernel?.phase === 'running') failAndKill(kernel, 'it did not confirm a halt', at, actions)
    }
    if (found.isReported || found.confirmBy !== null || kernel?.phase !== 'running') continue
    if (survivorsOf(state, found, scope.domain) > 0 && at - found.haltedAt < supervision.lastWordsMs) continue
    found.isReported = true
    const halt = carriedOut(state, found, scope.domain)
    actions.push({ kind: 'report-halt', incarnation: kernel.incarnation, scope, halt })
  }
}

/**
 * An operator's signed resume is durable in the kernel of `domain`. Everything is resumed by the sovereign, or by
 * `main` where there is none; what another domain's kernel has not resumed itself stays halted as a domain.
 */
export function resumed(state: Supervision, domain: string, actions: Action[]): void {
  lift(state, { kind: 'domain', domain }, actions)
  const whole = state.halts.get('')
  if (whole === undefined) return
  whole.resumed.add(domain)
  if (domain !== (state.hasSovereign ? sovereignDomain : mainDomain)) return
  for (const name of state.domains.keys()) {
    if (whole.resumed.has(name) || state.halts.has(name)) continue
    const rest: Scope = { kind: 'domain', domain: name }
    state.halts.set(name, { ...whole, scope: rest, resumed: new Set() })
    actions.push({ kind: 'write-halt-file', scope: rest, record: whole.record })
    actions.push({ kind: 'sync-halt-file', scope: rest })
  }
  lift(state, whole.scope, actions)
}

/** A scope stands still no more in its kernel, unless it has been halted again meanwhile. */
export function scopeResumed(
  state: Supervision,
  { scope, requestedAt }: { readonly scope: InnerScope; readonly requestedAt: number },
  actions: Action[],
): void {
  if (state.halts.get(scopeName(scope))?.record.requestedAt === requestedAt) lift(state, scope, actions)
}

function lift(state: Supervision, scope: Scope, actions: Action[]): void {
  if (state.halts.delete(scopeName(scope))) actions.push({ kind: 'remove-halt-file', scope })
}
