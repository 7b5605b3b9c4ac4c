/**
 * One pass over a domain's ledger that remembers who made what: the event and the signing operator behind every
 * capability, process, driver and operator, each as it was when that happened. A key that was rotated later, or
 * an operator who was revoked, changes nothing about what they signed before.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { Seq } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Event, EventKind } from '../../kernel/event.ts'
import { evolve } from '../../kernel/evolve.ts'
import type { State } from '../../kernel/state.ts'
import { initialState } from '../../kernel/state.ts'
import type { CitedOrder, Signer } from '../cited-order.ts'
import { checkCitedOrder, checkStatement, signedOrderOf, signerIn } from '../cited-order.ts'
import type { Names } from '../names.ts'
import { learnNames, noNames } from '../names.ts'

/** Kinds that say who an operator is, and of which domain. */
const ofOperators: ReadonlySet<EventKind> = new Set<EventKind>([
  'domain.created',
  'operator.enrolled',
  'operator.rotated',
  'operator.revoked',
  'statement.accepted',
])

/** Kinds that a history learns from, beside the events of the call in question. */
export const learntKinds: readonly EventKind[] = [
  ...ofOperators,
  'order.proposed',
  'order.confirmed',
  'capability.granted',
  'capability.derived',
  'capability.narrowed',
  'capability.moved',
  'agent.added',
  'process.spawned',
  'driver.added',
  'driver.updated',
]

/** The fold of a ledger so far, with the origin of everything in it. */
export class History {
  readonly state: State = initialState()
  readonly names: Names = noNames()
  /** The event that made each capability. */
  readonly makers: Map<number, Event> = new Map()
  /** What changed a capability since: narrowings, and moves into other hands. */
  readonly changes: Map<number, readonly Event[]> = new Map()
  /** The event that made each process; of a driver's own process the driver's. */
  readonly processes: Map<number, Event> = new Map()
  /** The event that last said what each driver is. */
  readonly drivers: Map<number, Event> = new Map()
  /** The event that enrolled each operator, or last changed the key. */
  readonly operators: Map<number, Event> = new Map()
  /** The event that began the domain. */
  begun: Event | null = null
  readonly #signers = new Map<number, Signer>()
  /** The keys of a member's operators, to see which of its sovereign's words changed one. */
  readonly #keys = new Map<number, string>()
  /** Digests of proposals by their number, and their confirmations by digest. */
  readonly #proposed = new Map<number, string>()
  readonly #confirmed = new Map<string, Event>()

  /** Applies the next event. */
  apply(event: Event): void {
    const signed = signedOrderOf(event)
    if (signed !== null) this.#signers.set(event.seq, signerIn(this.state, signed))
    evolve(this.state, event)
    learnNames(this.names, event)
    this.#learnOrigin(event)
  }

  /**
   * Learns of an event where those before it were not all applied: whom it makes, and what of it decides under which key a
   * later one was signed. The state is that of operators alone.
   */
  learn(event: Event): void {
    const signed = signedOrderOf(event)
    if (signed !== null) this.#signers.set(event.seq, signerIn(this.state, signed))
    if (ofOperators.has(event.kind)) {
      this.state.seq = id<Seq>(event.seq - 1)
      evolve(this.state, event)
    }
    learnNames(this.names, event)
    this.#learnOrigin(event)
  }

  /** The order or statement that the event cites, checked under the key of whoever gave it; null without one. */
  orderOf(event: Event): CitedOrder | null {
    if (event.kind === 'statement.accepted')
      return checkStatement(event, this.state.domain?.sovereign ?? null)
    const signed = signedOrderOf(event)
    const signer = this.#signers.get(event.seq)
    if (signed === null || signer === undefined) return null
    const domain = this.state.domain?.name ?? ''
    const confirmed = this.#confirmed.get(sha256Hex(signed.record))
    const second = confirmed === undefined || event.kind === 'order.proposed' ? null : this.orderOf(confirmed)
    return checkCitedOrder(event, signed, signer, { domain, digest: this.#digestFor(event) }, second)
  }

  /** What a deciding order must have named: the digest of what the operator was shown. */
  #digestFor(event: Event): string {
    if (event.kind === 'order.confirmed') return this.#proposed.get(event.body.proposal) ?? ''
    return this.names.approvals.get('call' in event.body ? event.body.call : 0) ?? ''
  }

  #learnOrigin(event: Event): void {
    switch (event.kind) {
      case 'domain.created':
        this.begun = event
        return
      case 'operator.enrolled':
      case 'operator.rotated':
        return void this.operators.set(event.body.operator, event)
      case 'statement.accepted':
        return this.#learnOperators(event)
      case 'order.proposed':
        return void this.#proposed.set(event.seq, event.body.digest)
      case 'order.confirmed':
        return void this.#confirmed.set(this.#proposed.get(event.body.proposal) ?? '', event)
      case 'capability.granted':
      case 'capability.derived':
      case 'call.approved':
        return void this.makers.set(event.body.capability, event)
      case 'capability.narrowed':
      case 'capability.moved': {
        const { capability } = event.body
        return void this.changes.set(capability, [...(this.changes.get(capability) ?? []), event])
      }
      case 'agent.added':
      case 'process.spawned':
        return void this.processes.set(event.body.process, event)
      case 'driver.added':
      case 'driver.updated':
        return void this.drivers.set(event.body.driver, event)
      default:
    }
  }

  /** A member's operators come with its sovereign's word. */
  #learnOperators(event: Event): void {
    for (const { id: operator, publicKey } of this.state.operators.values()) {
      if (this.#keys.get(operator) === publicKey) continue
      this.#keys.set(operator, publicKey)
      this.operators.set(operator, event)
    }
  }
}
