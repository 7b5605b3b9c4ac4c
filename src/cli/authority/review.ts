/**
 * An access review for an auditor: who holds what, from whom, since when, on which terms, when it was last used.
 * Complete for one domain's ledger, and it says itself what it does not know. The columns are part of the format:
 * they are never renamed, and new ones come last.
 */
import type { Event } from '../../kernel/event.ts'
import { showCaveats } from '../caveats-rendering.ts'
import type { CitedOrder } from '../cited-order.ts'
import { showInstant } from '../duration.ts'
import type { LedgerView } from '../ledger-view.ts'
import { showActor, showObject, showProcess } from '../names.ts'
import type { History } from './history.ts'
import type { Level } from './level.ts'
import { allLevels, levelsOf, selectorsAllowed, whyDeadAt } from './level.ts'
import type { UsageHistory } from './usage.ts'
import { usageIn } from './usage.ts'

/** The columns of a review, in their order. */
export const reviewColumns = [
  'capability',
  'holder',
  'holderName',
  'object',
  'objectName',
  'selectors',
  'terms',
  'termsAbove',
  'parent',
  'root',
  'how',
  'by',
  'orderedBy',
  'orderedByLevel',
  'orderSeq',
  'order',
  'since',
  'sinceSeq',
  'uses',
  'lastUsed',
  'lastUsedSeq',
  'usesLeft',
  'expires',
  'status',
  'changedSeq',
] as const

/** One capability that somebody holds. What is not there is empty. */
export type ReviewRow = { readonly [column in (typeof reviewColumns)[number]]: string | number }

/** A person with a key to this domain. */
export interface ReviewedOperator {
  readonly operator: number
  readonly name: string
  readonly level: string
  readonly status: string
  readonly publicKey: string
  readonly since: string
  readonly sinceSeq: number
  /** Living capabilities whose root is a grant of theirs. */
  readonly granted: number
}

/** Somebody who can hold capabilities. */
export interface ReviewedHolder {
  readonly process: number
  readonly name: string
  readonly status: 'alive' | 'killed'
  readonly capabilities: number
}

/** The whole review. */
export interface Review {
  readonly domain: string
  readonly at: string
  /** Last event that was read. */
  readonly seq: number
  readonly canonVersion: number
  readonly policyVersion: string
  readonly halted: boolean
  readonly operators: readonly ReviewedOperator[]
  readonly holders: readonly ReviewedHolder[]
  readonly rows: readonly ReviewRow[]
  /** What this review could not know, or does not cover. */
  readonly unknown: readonly string[]
}

/** What is asked. */
export interface ReviewQuestion {
  /** The instant of the review, in milliseconds since the epoch. */
  readonly nowMs: number
  /** Only what this process holds; null for everybody. */
  readonly process: number | null
  /** Also what is dead and still in the tree. */
  readonly dead: boolean
}

/** Goes through the ledger once. */
export function review(view: LedgerView, question: ReviewQuestion): Review {
  const usage = usageIn(view, { sinceMs: 0, arguments: false })
  const { history } = usage
  const rows = [...allLevels(history.state)].flatMap((level) => rowOf(usage, level, question))
  const { state } = history
  return {
    domain: state.domain?.name ?? '',
    at: showInstant(question.nowMs),
    seq: state.seq,
    canonVersion: state.domain?.canonVersion ?? 0,
    policyVersion: state.domain?.policyVersion ?? '',
    halted: state.halted !== null,
    operators: operatorsOf(history, question),
    holders: holdersOf(history, question),
    rows,
    unknown: unknownTo(usage, question, rows),
  }
}

function rowOf(usage: UsageHistory, level: Level, question: ReviewQuestion): readonly ReviewRow[] {
  const { history, usages } = usage
  const { capability, handle, holder, object, caveats } = level
  const dead = whyDeadAt(history.state, capability, question.nowMs)
  const isWanted = question.process === null || question.process === holder
  // An approval is held by nobody: the kernel uses it for the one call that it approves.
  if (handle === 0 || !isWanted || (dead !== null && !question.dead)) return []
  const made = history.makers.get(capability)
  const root = history.makers.get(level.root)
  if (made === undefined || root === undefined) throw new Error(`no event made capability c${capability}`)
  const order = history.orderOf(root)
  const changes = history.changes.get(capability) ?? []
  const orders = [order, ...changes.flatMap((change) => history.orderOf(change) ?? [])]
  const used = usages.get(capability)
  const [, ...above] = levelsOf(history.state, capability)
  return [
    {
      capability,
      holder,
      holderName: showProcess(history.names, holder),
      object,
      objectName: showObject(history.names, object),
      selectors: selectorsAllowed(history.state, capability).join(' '),
      terms: showCaveats(caveats).join('; '),
      termsAbove: above
        .flatMap((upper) => showCaveats(upper.caveats).map((line) => `c${upper.capability}: ${line}`))
        .join('; '),
      parent: level.parent === 0 ? '' : level.parent,
      root: level.root,
      how: level.parent === 0 ? 'granted' : 'derived',
      by: showActor(history.names, made.actor),
      orderedBy: order?.operatorName ?? '',
      orderedByLevel: order?.operatorLevel ?? '',
      orderSeq: root.seq,
      order: soundness(orders),
      since: showInstant(made.at),
      sinceSeq: made.seq,
      uses: used?.count ?? 0,
      lastUsed: used === undefined ? '' : showInstant(used.lastAt),
      lastUsedSeq: used?.lastSeq ?? '',
      usesLeft: least(above.concat(level).map(({ usesLeft }) => usesLeft)),
      expires: expiryOf([level, ...above]),
      status: dead ?? 'alive',
      changedSeq: changes.map(({ seq }) => seq).join(' '),
    },
  ]
}

/** Of the grant at the root, and of every narrowing. */
function soundness(orders: readonly (CitedOrder | null)[]): string {
  if (orders[0] === null) return 'NOT SIGNED'
  const unsound = orders.find((order) => order?.sound === false)
  return unsound === undefined || unsound === null ? 'signature verifies' : `NOT SOUND: ${unsound.problem}`
}

function least(values: readonly (number | null)[]): number | '' {
  const counted = values.filter((value) => value !== null)
  return counted.length === 0 ? '' : Math.min(...counted)
}

function expiryOf(levels: readonly Level[]): string {
  const instants = levels.flatMap(({ caveats }) =>
    caveats.expiresAt === undefined ? [] : [caveats.expiresAt],
  )
  return instants.length === 0 ? '' : showInstant(Math.min(...instants))
}

function operatorsOf(history: History, { nowMs }: ReviewQuestion): readonly ReviewedOperator[] {
  const granted = new Map<number, number>()
  for (const { capability, root, handle } of allLevels(history.state)) {
    if (handle === 0 || whyDeadAt(history.state, capability, nowMs) !== null) continue
    const by = orderedBy(history, root)
    granted.set(by, (granted.get(by) ?? 0) + 1)
  }
  return [...history.state.operators.values()].map(({ id: operator, name, level, publicKey, ...rest }) => {
    const made: Event | undefined = history.operators.get(operator)
    return {
      operator,
      name,
      level,
      status: 'status' in rest && typeof rest.status === 'string' ? rest.status : 'active',
      publicKey,
      since: made === undefined ? '' : showInstant(made.at),
      sinceSeq: made?.seq ?? 0,
      granted: granted.get(operator) ?? 0,
    }
  })
}

function orderedBy(history: History, root: number): number {
  const made = history.makers.get(root)
  return made === undefined ? 0 : (history.orderOf(made)?.operator ?? 0)
}

function holdersOf({ state, names }: History, { process }: ReviewQuestion): readonly ReviewedHolder[] {
  return [...state.processes.values()]
    .filter(({ id: holder }) => process === null || process === Number(holder))
    .map(({ id: holder, killed, handles }) => ({
      process: holder,
      name: showProcess(names, holder),
      status: killed ? 'killed' : 'alive',
      capabilities: handles.size,
    }))
}

function unknownTo(
  { history, countedOnly }: UsageHistory,
  { process }: ReviewQuestion,
  rows: readonly ReviewRow[],
): readonly string[] {
  const { state } = history
  const unsound = rows.filter(({ order }) => order !== 'signature verifies').length
  return [
    `This is domain ${state.domain?.name ?? ''} alone; each domain has a review of its own.`,
    'What a program does inside its boundary, without asking the gate, is in no ledger.',
    'A use is an admitted call, or a capability given on; what a driver made of it is its own.',
    ...(process === null ? [] : ['Only one holder was asked about.']),
    ...(countedOnly === 0 ? [] : [`${countedOnly} refusals were counted and not recorded one by one.`]),
    ...(unsound === 0 ? [] : [`${unsound} capabilities stand on an order whose signature does not hold.`]),
  ]
}
