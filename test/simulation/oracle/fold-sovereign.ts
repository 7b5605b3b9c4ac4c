/**
 * Operators, their proposals, domains and statements, folded a second time. Who may order what alone is written
 * here from the words: a sovereign everything, a domain-sovereign everything inside one domain, a co-operator
 * what only lessens; whatever else happened, a second operator agreed to.
 */
import { createHash } from 'node:crypto'
import type { Event, EventOf } from '../../../src/kernel/event.ts'
import type { Model } from './model.ts'
import { demand, known } from './violation.ts'
import type { Witness } from './witness.ts'

/** Somebody who was ever enrolled, or listed by the sovereign. */
export interface Person {
  readonly name: string
  readonly level: string
  key: string
  /** Of a domain-sovereign. */
  readonly domain: string
  status: string
}

/** An order that waits for a second operator. */
export interface Waiting {
  readonly record: string
  readonly operator: number
  readonly until: number
}

/** What there is beside drivers, agents and authority. */
export interface Realm {
  name: string
  role: string
  readonly people: Map<number, Person>
  /** Keys that somebody had before the present one. */
  readonly goneKeys: Set<string>
  readonly proposals: Map<number, Waiting>
  /** The record that was just confirmed, which the next event carries out. */
  confirmed: string | null
  readonly domains: Map<string, { status: string; statement: number; acknowledged: number }>
  /** Of a member: the last statement. */
  statement: number
  status: string
  validUntil: number
}

/** Before the first event. */
export function emptyRealm(): Realm {
  return {
    name: '',
    role: '',
    people: new Map(),
    goneKeys: new Set(),
    proposals: new Map(),
    confirmed: null,
    domains: new Map(),
    statement: 0,
    status: 'active',
    validUntil: 0,
  }
}

type SovereignKind = Extract<Event['kind'], `operator.${string}` | `order.${string}` | `statement.${string}`>
type RealmEvent = EventOf<
  | Exclude<SovereignKind, 'order.refused'>
  | 'domain.registered'
  | 'domain.frozen'
  | 'domain.unfrozen'
  | 'domain.removed'
  | 'domain.acknowledged'
>

const hour = 3_600_000
const day = 24 * hour

/** Folds one of these events, or throws a Violation. */
export function foldSovereign(model: Model, witness: Witness, event: RealmEvent): void {
  const { realm } = model
  switch (event.kind) {
    case 'operator.enrolled':
      return foldEnrolled(model, event)
    case 'operator.rotated': {
      const person = known(
        realm.people.get(event.body.operator),
        'I5 confinement',
        'somebody unknown was given a key',
      )
      demand(person.status !== 'revoked', 'I3 revocation', `${person.name} was revoked and has a key again`)
      realm.goneKeys.add(person.key)
      Object.assign(person, { key: event.body.publicKey, status: 'active' })
      model.operators.set(event.body.operator, event.body.publicKey)
      return
    }
    case 'operator.revoked': {
      const person = known(
        realm.people.get(event.body.operator),
        'I5 confinement',
        'somebody unknown was revoked',
      )
      person.status = event.body.reason
      const isLeft = [...realm.people.values()].some(
        ({ level, status }) => level === 'sovereign' && status === 'active',
      )
      demand(isLeft, 'I5 confinement', 'no sovereign operator is left')
      return
    }
    case 'order.proposed':
    case 'order.confirmed':
    case 'order.declined':
      return foldProposal(model, event)
    case 'statement.issued': {
      const domain = known(
        realm.domains.get(event.body.domain),
        'I5 confinement',
        `domain ${event.body.domain}`,
      )
      demand(
        event.body.statement === domain.statement + 1,
        'I13 once',
        'a statement’s number was given twice',
      )
      demand(event.body.validUntil === event.at + day, 'I5 confinement', 'a statement holds too long')
      domain.statement = event.body.statement
      return
    }
    case 'statement.accepted':
      return foldAccepted(model, witness, event)
    default:
      return foldDomain(realm, event)
  }
}

function foldEnrolled(model: Model, { body }: EventOf<'operator.enrolled'>): void {
  const { realm } = model
  const { operator, name, level, publicKey, domain = '', signed } = body
  const isFirst = model.events.length === 1 && realm.role !== 'member' && level === 'sovereign'
  demand(signed !== undefined || isFirst, 'I5 confinement', `operator ${name} was enrolled by nobody`)
  demand(realm.role !== 'member', 'I5 confinement', `operator ${name} was enrolled by a domain`)
  const isKnown = [...realm.people.values()].some(
    (person) => person.name === name || person.key === publicKey,
  )
  demand(!isKnown, 'I1 forest', `operator ${name} was there before`)
  demand(operator === model.lastObject + 1, 'I1 forest', `object o${operator} is not the next one`)
  model.lastObject = operator
  realm.people.set(operator, { name, level, key: publicKey, domain, status: 'active' })
  model.operators.set(operator, publicKey)
}

function foldProposal(
  { realm }: Model,
  event: EventOf<'order.proposed' | 'order.confirmed' | 'order.declined'>,
): void {
  if (event.kind === 'order.proposed') {
    const { record } = event.body.signed
    demand(event.body.digest === digestOf(record), 'I6 mediation', 'a proposal has another digest')
    demand(event.body.expiresAt === event.at + hour, 'I6 mediation', 'a proposal waits too long')
    realm.proposals.set(event.seq, { record, operator: event.body.operator, until: event.body.expiresAt })
    return
  }
  const waiting = known(
    realm.proposals.get(event.body.proposal),
    'I13 once',
    `proposal ${event.body.proposal}`,
  )
  realm.proposals.delete(event.body.proposal)
  if (event.kind === 'order.declined') {
    const isLate = event.body.operator === 0 && event.at >= waiting.until
    demand(isLate || event.body.signed !== null, 'I6 mediation', 'a proposal was declined by nobody')
    return
  }
  const { command } = JSON.parse(event.body.signed.record) as { command: { digest: string } }
  demand(command.digest === digestOf(waiting.record), 'I6 mediation', 'another order was confirmed')
  demand(event.at < waiting.until, 'I6 mediation', 'a proposal was confirmed too late')
  demand(
    event.body.operator !== waiting.operator,
    'I5 confinement',
    'a proposal was confirmed by its proposer',
  )
  const pair = [event.body.operator, waiting.operator].map((one) => realm.people.get(one))
  demand(
    pair.every((person) => person?.status === 'active'),
    'I3 revocation',
    'a proposal was confirmed by, or for, somebody whose key counts no more',
  )
  const ordered = (JSON.parse(waiting.record) as { command: { do: string } }).command.do
  demand(
    pair.some((person) => person !== undefined && reaches(realm, person, ordered)),
    'I5 confinement',
    `${ordered} was confirmed by nobody who may order it`,
  )
  realm.confirmed = waiting.record
}

function foldDomain(realm: Realm, { kind, body }: EventOf<Exclude<RealmEvent['kind'], SovereignKind>>): void {
  demand(realm.role === 'sovereign', 'I5 confinement', `${kind} in a kernel that is no sovereign`)
  if (kind === 'domain.registered') {
    demand(!realm.domains.has(body.name), 'I1 forest', `domain ${body.name} was there before`)
    realm.domains.set(body.name, { status: 'active', statement: 0, acknowledged: 0 })
    return
  }
  const domain = known(realm.domains.get(body.name), 'I1 forest', `domain ${body.name}`)
  if (kind === 'domain.acknowledged') {
    const isNews = body.statement > domain.acknowledged && body.statement <= domain.statement
    demand(isNews, 'I13 once', `domain ${body.name} acts on statement ${body.statement}`)
    domain.acknowledged = body.statement
    return
  }
  demand(domain.status !== 'removed', 'I3 revocation', `${kind} of a removed domain`)
  domain.status = { 'domain.frozen': 'frozen', 'domain.unfrozen': 'active', 'domain.removed': 'removed' }[
    kind
  ]
}

interface SaidOperator {
  readonly name: string
  readonly level: string
  readonly publicKey: string
  readonly domain?: string
  readonly status: string
}

function foldAccepted(model: Model, witness: Witness, { body }: EventOf<'statement.accepted'>): void {
  const { realm } = model
  demand(realm.role === 'member', 'I5 confinement', 'a statement was accepted by no member')
  demand(
    witness.said.get(body.text) === body.signature,
    'I5 confinement',
    'a statement nobody made was accepted',
  )
  demand(body.statement > realm.statement, 'I13 once', `statement ${body.statement} after ${realm.statement}`)
  const said = JSON.parse(body.text) as {
    readonly domain: string
    readonly statement: number
    readonly status: string
    readonly validUntil: number
    readonly operators: readonly SaidOperator[]
  }
  demand(said.domain === realm.name, 'I5 confinement', `a statement to ${said.domain} was accepted`)
  demand(said.statement === body.statement, 'I13 once', 'a statement was accepted under another number')
  const { statement, status, validUntil } = said
  Object.assign(realm, { statement, status, validUntil })
  for (const [at, { name, level, publicKey, domain = '', status: now }] of said.operators.entries()) {
    const operator = known(body.operators[at], 'I1 forest', `an id for operator ${name}`)
    const before = realm.people.get(operator)
    demand(
      before === undefined || before.name === name,
      'I1 forest',
      `operator ${operator} is somebody else now`,
    )
    if (before === undefined) {
      demand(operator === model.lastObject + 1, 'I1 forest', `object o${operator} is not the next one`)
      model.lastObject = operator
    }
    realm.people.set(operator, { name, level, key: publicKey, domain, status: now })
    model.operators.set(operator, publicKey)
  }
}

/** What a co-operator may do alone: it takes something away that can be given again. */
const lessens: ReadonlySet<string> = new Set([
  'capability.revoke',
  'capability.narrow',
  'call.deny',
  'process.kill',
  'process.freeze',
  'agent.remove',
  'driver.remove',
  'order.decline',
  'domain.freeze',
])

/** Stops unless this operator could order that, alone or as what another one just confirmed. */
export function demandEntitled(model: Model, event: Event, order: Ordered): void {
  const { realm } = model
  const { operator, command } = order
  const person = known(realm.people.get(operator), 'I5 confinement', `operator ${operator}`)
  demand(
    person.status === 'active',
    'I3 revocation',
    `${command.do} of ${person.name}, whose key counts no more`,
  )
  if (order.isConfirmed || event.kind === 'order.proposed' || event.kind === 'order.confirmed') return
  const isOwn = command.do.startsWith('operator.') && command['operator'] === operator
  const mayAlone =
    isOwn || reaches(realm, person, command.do) || (person.level === 'co-operator' && lessens.has(command.do))
  demand(mayAlone, 'I5 confinement', `${command.do} of ${person.name}, who is ${person.level}`)
}

/** An order as a signed record says it. */
export interface Ordered {
  readonly operator: number
  readonly command: { readonly do: string; readonly [name: string]: unknown }
  readonly isConfirmed: boolean
}

function reaches(realm: Realm, { level, domain }: Person, ordered: string): boolean {
  if (level === 'sovereign') return true
  const isAbove = /^(?:operator|canon|code|domain)\./.test(ordered) && ordered !== 'domain.resume'
  return level === 'domain-sovereign' && domain === realm.name && !isAbove
}

/** Stops when something begins in a domain that its sovereign froze, or has not spoken to for too long. */
export function demandStanding({ realm }: Model, { kind, at, seq }: Event): void {
  if (realm.role !== 'member' || !begins.has(kind)) return
  demand(realm.status === 'active', 'I10 halt', `${kind} in a frozen domain (event ${seq})`)
  demand(at < realm.validUntil, 'I10 halt', `${kind} without a valid statement (event ${seq})`)
}

const begins: ReadonlySet<Event['kind']> = new Set<Event['kind']>([
  'agent.added',
  'driver.added',
  'driver.updated',
  'process.spawned',
  'capability.granted',
  'capability.derived',
  'capability.moved',
  'call.held',
  'call.approved',
  'call.admitted',
])

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
