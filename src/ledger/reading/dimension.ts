/**
 * What events can be looked up by, and how an event's record says it. Read from the fixed header of a record; only
 * kinds that name more than their header does are decoded.
 */
import type { Event, EventKind } from '../../kernel/event.ts'
import { eventCodes } from '../../kernel/event-codes.ts'

/** What there is a posting list for. */
export type Dimension = 'process' | 'capability' | 'kind' | 'operator'

/** All of them, in the order in which an index file holds them. */
export const dimensions: readonly Dimension[] = ['process', 'capability', 'kind', 'operator']

/** Where the fields of a record stand that postings are made of; `docs/ledger-format.md`, Records. */
export const recordFields = {
  length: 0,
  kind: 4,
  at: 16,
  cause: 24,
  actorId: 32,
  capability: 40,
  actorKind: 68,
} as const

/** Numbers that stand for kinds of actors in a record. */
export const actorNumbers = { process: 2, operator: 3 } as const

/** Kinds whose header says all: most of every ledger. */
const plain: readonly EventKind[] = ['call.admitted', 'call.settled', 'syscall.refused']

/** Kinds of one call. The process of one whose actor is no process is that of the call's event that caused it. */
const ofCalls: readonly EventKind[] = [
  'syscall.refused',
  'call.held',
  'call.seconded',
  'call.approved',
  'call.denied',
  'call.lapsed',
  'call.admitted',
  'call.settled',
]

const plainCodes = codeTable(plain)
const callCodes = codeTable(ofCalls)

/** True when the header of an event of that kind says all that it can be looked up by. */
export function isPlain(code: number): boolean {
  return plainCodes[code] === 1
}

/** True for kinds of calls. */
export function isOfCall(code: number): boolean {
  return callCodes[code] === 1
}

/** What the body of an event can be looked up by, beside its header: one number a dimension, 0 for none. */
export function namedInBody({ body }: Event): {
  readonly process: number
  readonly capability: number
  readonly operator: number
} {
  const named = body as { readonly [name: string]: unknown }
  const process = numberIn(named['process'])
  return {
    process: process === 0 ? numberIn(named['holder']) : process,
    capability: numberIn(named['capability']),
    operator: numberIn(named['operator']),
  }
}

function numberIn(value: unknown): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : 0
}

function codeTable(kinds: readonly EventKind[]): Uint8Array {
  const table = new Uint8Array(65_536)
  for (const kind of kinds) table[eventCodes[kind]] = 1
  return table
}
