/**
 * By whose order everybody and everything in an event is there at all: the process that asked, the process above
 * it that made it, the agent that an operator added; the driver and the operator who accepted what it is; the
 * operator who signed, and who enrolled them. Every chain ends with a person or with the beginning of the domain,
 * which a person made.
 */
import type { Event } from '../../kernel/event.ts'
import type { CitedOrder } from '../cited-order.ts'
import type { History } from './history.ts'

/** One thing that takes part in an event, and the event that put it there. */
export interface Origin {
  readonly kind: 'process' | 'driver' | 'operator' | 'domain'
  readonly id: number
  readonly made: Event
  /** The order behind that, checked; null for what no order made by itself. */
  readonly order: CitedOrder | null
}

/**
 * Origins in the order in which they are met, each once; the domain's beginning comes last. `call` are the events
 * of the call that the event belongs to: whoever takes part in one takes part in all of it.
 */
export function originsOf(history: History, event: Event, call: readonly Event[]): readonly Origin[] {
  const found = new Map<string, Origin>()
  const add = (kind: Origin['kind'], id: number, made: Event | undefined): void => {
    const key = `${kind} ${id}`
    if (made === undefined || made.seq > event.seq || found.has(key)) return
    const order = history.orderOf(made)
    found.set(key, { kind, id, made, order })
    if (made.kind === 'process.spawned')
      add('process', made.body.parent, history.processes.get(made.body.parent))
    if (order !== null && order.operator !== 0)
      add('operator', order.operator, history.operators.get(order.operator))
  }
  for (const step of [event, ...call.filter(({ seq }) => seq < event.seq)]) {
    for (const process of processesIn(step)) {
      add('process', process, history.processes.get(process))
      add('driver', process, history.drivers.get(process))
    }
    for (const driver of driversIn(step)) add('driver', driver, history.drivers.get(driver))
  }
  const own = history.orderOf(event)
  if (own !== null) add('operator', own.operator, history.operators.get(own.operator))
  if (event.actor.kind === 'operator') add('operator', event.actor.id, history.operators.get(event.actor.id))
  const { begun } = history
  if (begun !== null) {
    add('domain', 0, begun)
    // Nobody but the first operator stands behind the beginning, and behind what the kernel does by itself.
    const [first] = history.operators.values()
    if (![...found.values()].some(({ kind }) => kind === 'operator') && first?.kind === 'operator.enrolled')
      add('operator', first.body.operator, first)
  }
  return [...found.values()]
}

function processesIn({ actor, kind, body }: Event): readonly number[] {
  const members = kind === 'process.spawned' ? ['process', 'parent'] : ['process', 'holder', 'object']
  const named = members.map((member) => memberOf(body, member))
  return [actor.kind === 'process' ? actor.id : 0, ...named].filter((process) => process > 0)
}

function driversIn({ actor, body }: Event): readonly number[] {
  const named = ['driver', 'object'].map((member) => memberOf(body, member))
  return [actor.kind === 'driver' ? actor.id : 0, ...named].filter((driver) => driver > 0)
}

function memberOf(body: object, member: string): number {
  const value: unknown = (body as { readonly [name: string]: unknown })[member]
  return typeof value === 'number' ? value : 0
}
