/**
 * Who stands behind the event of a bundle, from the bundle alone: the levels of its authority up to the root grant, and
 * every signed order in it, checked under the key that an earlier event in it gives its operator. What the gate decided
 * is taken as recorded; it is not judged again.
 */
import type { Event } from '../../kernel/event.ts'
import { parseStatement } from '../../kernel/sovereign/statement.ts'
import type { CitedOrder, Signer } from '../cited-order.ts'
import { checkCitedOrder, checkStatement, recordedOperator, signedOrderOf } from '../cited-order.ts'

/** One level of an authority, nearest first. */
export interface ProvedLevel {
  readonly capability: number
  /** The event that made it. */
  readonly made: Event
}

/** A signed order in a bundle. */
export interface ProvedOrder {
  readonly event: Event
  readonly order: CitedOrder
}

/** What is proved of the authority behind an event. */
export interface ProvedAuthority {
  readonly levels: readonly ProvedLevel[]
  readonly orders: readonly ProvedOrder[]
  /** What is missing or does not hold; empty when everything does. */
  readonly problems: readonly string[]
}

/** Looks at the events of a bundle, which are in order and proved. */
export function provedAuthority(event: Event, events: readonly Event[], domain: string): ProvedAuthority {
  const problems: string[] = []
  const levels = levelsOf(event, events, problems)
  const orders = events.flatMap((one): readonly ProvedOrder[] => {
    const order = orderOf(one, events, domain)
    return order === null ? [] : [{ event: one, order }]
  })
  for (const one of orders)
    if (!one.order.sound) problems.push(`event ${one.event.seq}: ${one.order.problem}`)
  return { levels, orders, problems }
}

function levelsOf(event: Event, events: readonly Event[], problems: string[]): readonly ProvedLevel[] {
  const levels: ProvedLevel[] = []
  let capability: number = event.authority?.capability ?? 0
  while (capability !== 0) {
    const made = makerOf(capability, events)
    if (made === undefined || (made.seq >= (levels.at(-1)?.made.seq ?? event.seq) && made !== event)) {
      problems.push(`the event that made capability c${capability} is missing`)
      break
    }
    levels.push({ capability, made })
    capability = parentOf(made, events)
  }
  const top = levels.at(-1)
  if (top !== undefined && problems.length === 0 && top.capability !== event.authority?.root)
    problems.push(
      `the authority begins with c${top.capability}, and the event says c${event.authority?.root}`,
    )
  return levels
}

function makerOf(capability: number, events: readonly Event[]): Event | undefined {
  return events.find(
    ({ kind, body }) =>
      (kind === 'capability.granted' || kind === 'capability.derived' || kind === 'call.approved') &&
      body.capability === capability,
  )
}

/** The capability above the one that `made` made; 0 above a root grant. */
function parentOf(made: Event, events: readonly Event[]): number {
  if (made.kind === 'capability.derived') return made.body.parent
  if (made.kind !== 'call.approved') return 0
  const held = events.find((one) => one.kind === 'call.held' && one.body.call === made.body.call)
  return held?.kind === 'call.held' ? held.body.capability : 0
}

function orderOf(event: Event, events: readonly Event[], domain: string): CitedOrder | null {
  if (event.kind === 'statement.accepted') return checkStatement(event, sovereignIn(events))
  const signed = signedOrderOf(event)
  if (signed === null) return null
  const signer = signerOf(recordedOperator(signed), event.seq, events)
  return checkCitedOrder(event, signed, signer, { domain, digest: shownDigest(event, events) })
}

function sovereignIn([first]: readonly Event[]): string | null {
  return first?.kind === 'domain.created' ? (first.body.sovereign ?? null) : null
}

/** The operator as the newest event before `seq` knows them. */
function signerOf(operator: number, seq: number, events: readonly Event[]): Signer {
  let signer: Signer = { operator, name: '', level: '', publicKey: null }
  for (const event of events) {
    if (event.seq >= seq) break
    if (event.kind === 'operator.enrolled' && event.body.operator === operator)
      signer = { ...event.body, operator }
    else if (event.kind === 'operator.rotated' && event.body.operator === operator)
      signer = { ...signer, publicKey: event.body.publicKey }
    else if (event.kind === 'statement.accepted') {
      const said = parseStatement(Buffer.from(event.body.text))
      const listed = said?.operators.find((one) => one.operator === operator)
      if (listed !== undefined) signer = { ...listed }
    }
  }
  return signer
}

/** The digest of what an operator was shown who decided a call or a proposal. */
function shownDigest(event: Event, events: readonly Event[]): string {
  if (event.kind === 'order.confirmed' || event.kind === 'order.declined') {
    const proposed = events.find(({ seq }) => seq === event.body.proposal)
    return proposed?.kind === 'order.proposed' ? proposed.body.digest : ''
  }
  const call = 'call' in event.body ? event.body.call : 0
  const held = events.find((one) => one.kind === 'call.held' && one.body.call === call)
  return held?.kind === 'call.held' ? held.body.approvalDigest : ''
}
