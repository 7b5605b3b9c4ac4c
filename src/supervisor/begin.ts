/**
 * The state with which supervision begins: what the halt files say, which domains there were, and the one kernel
 * that starts first. A home without a sovereign is one domain, `main`.
 */
import { mainDomain, sovereignDomain } from '../wire/socket-folder.ts'
import type { Scope } from './scope.ts'
import { scopeName } from './scope.ts'
import type { Domain, DomainUnit, Halt, HaltRecord, Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import type { Unit } from './unit.ts'
import { gatewayUnit, kernelUnitName, newUnit } from './unit.ts'

/** What the home says at start. */
export interface Beginning {
  readonly halts: readonly { readonly scope: Scope; readonly record: HaltRecord }[]
  readonly hasGateway: boolean
  readonly hasSovereign: boolean
  /** Members for which a statement is kept. */
  readonly remembered: readonly DomainUnit[]
}

/** The state at start. What a halt file names will not start. */
export function beginSupervision({ halts, hasGateway, hasSovereign, remembered }: Beginning): Supervision {
  const first = hasSovereign ? sovereignDomain : mainDomain
  const kernel = kernelUnitName(first)
  const units = new Map<string, Unit>([[kernel, newUnit(kernel, { kind: 'kernel', domain: first })]])
  if (hasGateway) units.set(gatewayUnit, newUnit(gatewayUnit, { kind: 'gateway' }))
  const found = halts.map(({ scope, record }): [string, Halt] => [
    scopeName(scope),
    {
      scope,
      record,
      haltedAt: -Infinity,
      trees: new Map(),
      confirmBy: null,
      isReported: true,
      resumed: new Set(),
    },
  ])
  return {
    units,
    domains: new Map([[first, newDomain(first, supervision.weight, true)]]),
    halts: new Map(found),
    hasSovereign,
    remembered: hasSovereign ? remembered : null,
    statements: new Set(remembered.map(({ name }) => name)),
    beganAt: null,
    isStopping: false,
    isFinished: false,
    incarnations: 0,
  }
}

/** A domain that does not serve yet. */
export function newDomain(name: string, weight: number, hasStatement: boolean): Domain {
  return {
    name,
    weight,
    isServing: false,
    pingSentAt: null,
    pingedAt: 0,
    hasStatement,
    processes: new Map(),
  }
}
