/**
 * From what an operator sent to the command that the kernel decides: the parsed order, and beside it every fact
 * that deciding needs and only the process can find out, such as whether a signature verifies. A confirmation
 * carries out what somebody else proposed, so those facts are about that order.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { OrderAction, OrderRecord } from '../kernel/command.ts'
import type { Payload } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { subjectOfCall } from '../kernel/privacy/subject.ts'
import { provenText } from '../kernel/sovereign/operators.ts'
import { parseOrder } from '../kernel/sovereign/parse-order.ts'
import { meantAction } from '../kernel/sovereign/proposals.ts'
import type { Call } from '../kernel/state.ts'
import type { Vault } from '../ledger/port.ts'
import { argumentsUnderWay } from './arguments-under-way.ts'
import { endorsementsOf } from '../seal/canon-history.ts'
import type { Core, Untimed } from './core.ts'
import type { Exchange } from './exchange.ts'
import { saltedDigest } from './salt.ts'
import { sealable } from './sealable.ts'

/** What the facts are found out with. */
export interface OrderPorts {
  readonly core: Core
  readonly exchange: Exchange
  readonly vault: Vault
  /** True when the signature verifies; never throws. */
  verify(publicKey: string, record: Uint8Array, signature: string): boolean
  /** The argument bytes of a call under way, or null when they cannot be opened any more. */
  argumentsOf(call: Call): Uint8Array | null
}

/** An order as the kernel decides it. */
export type OrderCommand = Extract<Untimed, { readonly kind: 'order' }>

/** The order that these bytes are, or what is wrong with them, in one sentence. */
export function readOrder(body: Uint8Array): Result<OrderRecord, string> {
  const parsed = parseStrictJson(body)
  if (!parsed.ok) return err(`The order is malformed: ${parsed.error.message}`)
  const order = parseOrder(parsed.value)
  if (!order.ok) return err(`The order is malformed: ${order.error}`)
  return canonicalJson(parsed.value) === textOf(body) ? order : err('The order is not in canonical form.')
}

/** The command for an order that was read from `body`, or what is missing beside it. */
export function orderCommand(
  record: OrderRecord,
  body: Uint8Array,
  header: JsonObject,
  ports: OrderPorts,
): Result<OrderCommand, string> {
  const { signature } = header
  const { core, exchange } = ports
  if (typeof signature !== 'string') return err('The order carries no signature.')
  const answer = answerOf(record, header['answer'], ports)
  if (answer === undefined) return err('The answer is not the one that is signed.')
  const action = meantAction(core.state, record.command)
  const operator = core.state.operators.get(record.operator)
  const order = {
    record,
    signed: { record: textOf(body), signature },
    signatureValid: operator !== undefined && ports.verify(operator.publicKey, body, signature),
    proofValid: isProven(action, ports),
  }
  return ok({
    kind: 'order',
    ...(answer === null ? {} : { answer }),
    order,
    ...(action.do === 'canon.amend' ? { endorsed: endorsementsOf(action.canon, action.signatures) } : {}),
    waiting: isAwaited(action, exchange),
    undispatched: exchange.flights.undispatched(),
    ...argumentsUnderWay(core.state, action, (call) => ports.argumentsOf(call)),
  })
}

/** Whether a new key that the order brings signed for itself. */
function isProven(action: OrderAction, ports: OrderPorts): boolean {
  if (action.do !== 'operator.enrol' && action.do !== 'operator.rotate') return false
  const text = provenText(ports.core.state, action)
  return text !== null && ports.verify(action.publicKey, new TextEncoder().encode(text), action.proof)
}

/** What comes beside an approval: exactly the answer whose salted digest it signs; undefined when it is not. */
function answerOf(
  { command }: OrderRecord,
  given: Json | undefined,
  { core, vault }: OrderPorts,
): Payload | null | undefined {
  const digest = command.do === 'call.approve' ? command.answer : undefined
  if (digest === undefined || command.do !== 'call.approve') return given === undefined ? null : undefined
  const call = core.state.calls.get(command.call)
  const bytes = typeof given === 'string' ? new TextEncoder().encode(given) : null
  if (bytes === null || call === undefined || bytes.length > limits.answerLength) return undefined
  const subject = subjectOfCall(core.state, call)
  const parsed = parseStrictJson(bytes)
  if (!parsed.ok || !isJsonObject(parsed.value)) return undefined
  if (saltedDigest(vault, call.nonce, bytes, subject) !== digest) return undefined
  return sealable(vault, bytes, subject)
}

function isAwaited(action: OrderAction, { flights }: Exchange): boolean {
  const decides = action.do === 'call.approve' || action.do === 'call.deny'
  return decides && flights.isAwaited(action.call)
}

function textOf(body: Uint8Array): string {
  return Buffer.from(body).toString('utf8')
}
