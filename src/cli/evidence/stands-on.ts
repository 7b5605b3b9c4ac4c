/**
 * Which events an event stands on, so that together they explain it to somebody who has nothing else: what caused it,
 * its call, every level of its authority with what changed it, who decided, how everybody in it came to be there, and,
 * behind each signed order, the events that say whose key signed it and who confirmed it. Those are signed too, so this
 * goes on up to the beginning of the domain.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { Event } from '../../kernel/event.ts'
import { parseStatement } from '../../kernel/sovereign/statement.ts'
import { recordedOperator, signedOrderOf } from '../cited-order.ts'
import type { LedgerView } from '../ledger-view.ts'
import { explain } from '../why.ts'

/** Positions of the event and of all it stands on, ascending; null when there is no such event. */
export function standsOn(view: LedgerView, seq: number): readonly number[] | null {
  const explained = explain(view, seq)
  if (explained === null) return null
  const { event, causes, call, authority, decisions, origins } = explained
  const direct = [
    event,
    ...causes,
    ...call,
    ...authority.flatMap(({ made, changes }) => [made, ...changes.map((change) => change.made)]),
    ...decisions.map((decision) => decision.event),
    ...origins.map(({ made }) => made),
  ]
  const orders = new OrderTrail(view)
  const wanted = new Set([1])
  const follow = (position: number): void => {
    if (wanted.has(position)) return
    wanted.add(position)
    for (const behind of orders.behind(position)) follow(behind)
  }
  for (const one of direct) follow(one.seq)
  return [...wanted].sort((left, right) => left - right)
}

/** What one pass over a ledger remembers of keys and orders. */
class OrderTrail {
  /** By operator: positions of the events that said their key. */
  readonly #keys = new Map<number, number[]>()
  /** By position of an event with a signed order: its operator, and the digest of the order. */
  readonly #signed = new Map<number, { readonly operator: number; readonly digest: string }>()
  /** By digest of a proposed order: where it was proposed and confirmed. */
  readonly #confirmed = new Map<string, readonly number[]>()
  readonly #proposed = new Map<number, string>()

  constructor(view: LedgerView) {
    for (const event of view.events()) this.#learn(event)
  }

  /** What stands behind the order in that event, where there is one. */
  behind(seq: number): readonly number[] {
    const signed = this.#signed.get(seq)
    if (signed === undefined) return []
    const key = this.#keys.get(signed.operator)?.findLast((said) => said < seq)
    return [...(key === undefined ? [] : [key]), ...(this.#confirmed.get(signed.digest) ?? [])]
  }

  #learn(event: Event): void {
    const signed = signedOrderOf(event)
    if (signed !== null)
      this.#signed.set(event.seq, { operator: recordedOperator(signed), digest: sha256Hex(signed.record) })
    if (event.kind === 'operator.enrolled' || event.kind === 'operator.rotated')
      this.#says(event.body.operator, event.seq)
    else if (event.kind === 'statement.accepted') {
      const said = parseStatement(Buffer.from(event.body.text))
      for (const { operator } of said?.operators ?? []) this.#says(operator, event.seq)
    } else if (event.kind === 'order.proposed') this.#proposed.set(event.seq, event.body.digest)
    else if (event.kind === 'order.confirmed') {
      const digest = this.#proposed.get(event.body.proposal)
      if (digest !== undefined) this.#confirmed.set(digest, [event.body.proposal, event.seq])
    }
  }

  #says(operator: number, seq: number): void {
    const said = this.#keys.get(operator)
    if (said === undefined) this.#keys.set(operator, [seq])
    else said.push(seq)
  }
}
