/**
 * Checks a signed order that an event cites: the signature under the key that the operator had when it was given,
 * and that the signed record says what the event says happened. An explanation that showed a signature without
 * both checks would be decoration.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import type { OperatorId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { verify } from '../base/signature.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Event, EventBodies, EventKind, EventOf, SignedOrder } from '../kernel/event.ts'
import { parseStatement, statementBytes } from '../kernel/sovereign/statement.ts'
import type { State } from '../kernel/state.ts'

/** A person as the state knew them when they signed. */
export interface Signer {
  /** 0 when the record names nobody. */
  readonly operator: number
  readonly name: string
  readonly level: string
  /** Null when nobody of that number was enrolled. */
  readonly publicKey: string | null
}

/** What became of the check. `problem` is empty when the order is sound. */
export interface CitedOrder {
  readonly operator: number
  readonly operatorName: string
  readonly operatorLevel: string
  /** When the operator signed, by the operator's clock; 0 when unreadable. */
  readonly signedAt: number
  readonly sound: boolean
  readonly problem: string
  /** The second operator's, where the order had been a proposal; its soundness counts in `sound`. */
  readonly second: CitedOrder | null
}

/** The signed order in an event's body, or null when the event carries none. */
export function signedOrderOf(event: Event): SignedOrder | null {
  return 'signed' in event.body ? (event.body.signed ?? null) : null
}

/** The number of the operator that a signed record names; 0 when it names nobody. */
export function recordedOperator({ record }: SignedOrder): number {
  const operator = recordOf(record)?.['operator']
  return typeof operator === 'number' ? operator : 0
}

/** Who a signed record says gave the order, as `state` knows them. */
export function signerIn(state: State, signed: SignedOrder): Signer {
  const number = recordedOperator(signed)
  const known = state.operators.get(id<OperatorId>(number))
  return {
    operator: number,
    name: known?.name ?? '',
    level: known?.level ?? '',
    publicKey: known?.publicKey ?? null,
  }
}

/** What the order must be held against. */
interface Expected {
  readonly domain: string
  /** Of the held call that the order decides, or of the proposal that it confirms; empty when neither. */
  readonly digest: string
}

/** Checks `signed` against the signer's key and against what `event` claims. */
export function checkCitedOrder(
  event: Event,
  signed: SignedOrder,
  signer: Signer,
  expected: Expected,
  second: CitedOrder | null = null,
): CitedOrder {
  const record = recordOf(signed.record)
  const time = record?.['time']
  const own = findProblem(event, signed, record, signer, expected)
  const problem = own === '' && second !== null && !second.sound ? `the confirmation: ${second.problem}` : own
  return {
    operator: signer.operator,
    operatorName: signer.name,
    operatorLevel: signer.level,
    signedAt: typeof time === 'number' ? time : 0,
    sound: problem === '',
    problem,
    second,
  }
}

/** Checks a statement under the key of the sovereign's ledger, which a member knows from its first event. */
export function checkStatement(event: EventOf<'statement.accepted'>, publicKey: string | null): CitedOrder {
  const { text, signature, statement } = event.body
  const said = parseStatement(Buffer.from(text))
  const isSigned = publicKey !== null && verify(publicKey, statementBytes(text), signature)
  const problem = !isSigned
    ? 'the sovereign’s signature does not verify'
    : said?.statement === statement
      ? ''
      : 'the statement says something else than the event'
  const who = { operator: 0, operatorName: '', operatorLevel: '', signedAt: said?.at ?? 0 }
  return { ...who, sound: problem === '', problem, second: null }
}

function recordOf(text: string): JsonObject | null {
  const parsed = parseStrictJson(Buffer.from(text))
  return parsed.ok && isJsonObject(parsed.value) ? parsed.value : null
}

function findProblem(
  event: Event,
  signed: SignedOrder,
  record: JsonObject | null,
  { publicKey }: Signer,
  { domain, digest }: Expected,
): string {
  if (record === null) return 'the signed record is not readable'
  if (publicKey === null) return 'no such operator is enrolled'
  if (!verify(publicKey, Buffer.from(signed.record), signed.signature)) return 'the signature does not verify'
  if (record['domain'] !== domain) return 'the order was signed for another domain'
  const command = record['command']
  if (!isJsonObject(command)) return 'the signed record names no command'
  return saysTheSame(event, signed, command, digest)
    ? ''
    : 'the signed record says something else than the event'
}

/** Kinds of events that an operator's order may stand behind. */
type SignedKind = {
  [K in EventKind]: 'signed' extends keyof EventBodies[K] ? K : never
}[EventKind]

/** By kind of event: the order that it carries out, and which members of its body that order must name. */
const carriedOut: { readonly [K in SignedKind]: readonly [action: string, ...members: string[]] } = {
  'driver.added': ['driver.add', 'name', 'manifest'],
  'driver.updated': ['driver.update', 'driver', 'manifest'],
  'driver.removed': ['driver.remove', 'driver'],
  'agent.added': ['agent.add', 'name', 'tokenDigest', 'subject'],
  'agent.removed': ['agent.remove', 'agent'],
  'process.killed': ['process.kill', 'process', 'reason'],
  'process.frozen': ['process.freeze', 'process'],
  'process.thawed': ['process.thaw', 'process'],
  'process.weighed': ['process.weigh', 'process', 'weight', 'priority'],
  'capability.granted': ['capability.grant', 'holder', 'object', 'caveats'],
  'capability.narrowed': ['capability.narrow', 'capability', 'caveats'],
  'capability.revoked': ['capability.revoke', 'capability'],
  'call.seconded': ['call.approve', 'call', 'comment', 'answer'],
  'call.approved': ['call.approve', 'call', 'comment', 'answer'],
  'call.denied': ['call.deny', 'call', 'comment'],
  'domain.resumed': ['domain.resume'],
  'scope.resumed': ['scope.resume', 'scope'],
  'operator.enrolled': ['operator.enrol', 'name', 'level', 'publicKey', 'domain'],
  'operator.rotated': ['operator.rotate', 'operator', 'publicKey'],
  'operator.revoked': ['operator.revoke', 'operator', 'reason'],
  // What is proposed is the signed order itself, whatever it says.
  'order.proposed': [''],
  'order.confirmed': ['order.confirm', 'proposal'],
  'order.declined': ['order.decline', 'proposal', 'reason'],
  'subject.added': ['subject.add', 'name'],
  'subject.erased': ['subject.erase', 'subject', 'reason'],
  'hold.placed': ['hold.place', 'reason', 'subject', 'process', 'since', 'until'],
  'hold.released': ['hold.release', 'hold', 'reason'],
  'escrow.created': ['escrow.create', 'digest', 'subjects'],
  'domain.registered': ['domain.register', 'name', 'weight'],
  'domain.frozen': ['domain.freeze', 'name', 'reason'],
  'domain.unfrozen': ['domain.unfreeze', 'name'],
  'domain.removed': ['domain.remove', 'name'],
  'canon.amended': ['canon.amend', 'canon', 'signatures'],
  'code.accepted': ['code.accept', 'digest'],
}

/** True when the signed command is the one that this event carried out. */
function saysTheSame(event: Event, signed: SignedOrder, command: JsonObject, digest: string): boolean {
  if (event.kind === 'order.proposed')
    return command['do'] === event.body.action && sha256Hex(signed.record) === event.body.digest
  const [action, ...members] = carriedOut[event.kind as SignedKind]
  const body = event.body as unknown as JsonObject
  const claimed: { [member: string]: Json } = { do: action }
  for (const member of members) if (body[member] !== undefined) claimed[member] = body[member]
  // What was approved or confirmed is not in the event itself: it is what the operator was shown.
  if (decides.has(event.kind)) claimed['digest'] = digest
  // A new key's own signature was checked when it was enrolled, and nothing follows from it any more; and of an
  // answer only that of whoever completed the approvals is used.
  const { proof: _proof, ...named } = command
  const { answer: _answer, ...unanswered } = named
  const rest = event.kind === 'call.seconded' && claimed['answer'] === undefined ? unanswered : named
  return canonicalJson(rest) === canonicalJson(claimed)
}

/** Orders that name what was shown by its digest. */
const decides: ReadonlySet<EventKind> = new Set([
  'call.seconded',
  'call.approved',
  'call.denied',
  'order.confirmed',
])
