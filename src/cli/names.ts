/**
 * Who is who, learnt from the ledger's own events: names of agents, processes, drivers and operators by id,
 * and the public keys of operators. A projection for screens; nothing is decided by it.
 */
import type { Event } from '../kernel/event.ts'
import { parseStatement } from '../kernel/sovereign/statement.ts'
import { visible } from './escape.ts'

/** What screens need to know about ids. */
export interface Names {
  readonly agents: Map<number, string>
  /** Process id to the name of its agent. */
  readonly processes: Map<number, string>
  readonly drivers: Map<number, string>
  readonly operators: Map<number, { readonly name: string; readonly publicKey: string }>
  /** Call id to the digest that a decision on it must sign. */
  readonly approvals: Map<number, string>
  /** Capability id to its holder's process id and the object it names. */
  readonly capabilities: Map<number, { readonly holder: number; readonly object: number }>
}

/** Nobody known yet. */
export function noNames(): Names {
  return {
    agents: new Map(),
    processes: new Map(),
    drivers: new Map(),
    operators: new Map(),
    approvals: new Map(),
    capabilities: new Map(),
  }
}

/** Learns what `event` says. */
export function learnNames(names: Names, event: Event): void {
  switch (event.kind) {
    case 'operator.enrolled':
      names.operators.set(event.body.operator, event.body)
      break
    case 'operator.rotated': {
      const { operator, publicKey } = event.body
      names.operators.set(operator, { name: names.operators.get(operator)?.name ?? '', publicKey })
      break
    }
    case 'statement.accepted': {
      const said = parseStatement(new TextEncoder().encode(event.body.text))
      for (const [at, operator] of event.body.operators.entries()) {
        const listed = said?.operators[at]
        if (listed !== undefined) names.operators.set(operator, listed)
      }
      break
    }
    case 'agent.added':
      names.agents.set(event.body.agent, event.body.name)
      names.processes.set(event.body.process, event.body.name)
      break
    case 'driver.added':
      names.drivers.set(event.body.driver, event.body.name)
      break
    case 'call.held':
      names.approvals.set(event.body.call, event.body.approvalDigest)
      break
    case 'capability.granted':
      names.capabilities.set(event.body.capability, event.body)
      break
    case 'capability.derived': {
      const parent = names.capabilities.get(event.body.parent)
      names.capabilities.set(event.body.capability, {
        holder: event.body.holder,
        object: parent?.object ?? 0,
      })
      break
    }
    default:
  }
}

/** An object in words, safe to print. */
export function showObject(names: Names, object: number): string {
  if (object === 0) return 'no object that exists'
  const driver = names.drivers.get(object)
  if (driver !== undefined) return `driver ${visible(driver)}`
  const agent = names.agents.get(object) ?? names.processes.get(object)
  return agent === undefined ? `object ${object}` : `agent ${visible(agent)}`
}

/** A process in words, safe to print. */
export function showProcess(names: Names, process: number): string {
  const name = names.processes.get(process)
  if (name !== undefined) return `agent ${visible(name)} (process ${process})`
  // A driver's own process has the driver's id.
  const driver = names.drivers.get(process)
  return driver === undefined ? `process ${process}` : `driver ${visible(driver)}`
}

/** An operator in words, safe to print. */
export function showOperator(names: Names, operator: number): string {
  const known = names.operators.get(operator)
  return known === undefined ? `operator ${operator}` : `operator ${visible(known.name)}`
}

/** The actor of an event in words, safe to print. */
export function showActor(names: Names, actor: Event['actor']): string {
  switch (actor.kind) {
    case 'process':
      return showProcess(names, actor.id)
    case 'operator':
      return showOperator(names, actor.id)
    case 'driver':
      return showObject(names, actor.id)
    case 'kernel':
    case 'supervisor':
      return `the ${actor.kind}`
  }
}
