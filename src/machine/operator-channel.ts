/**
 * The operators' door. Anybody who can reach the socket may look; only a signature can order. The channel
 * carries orders to the kernel and has no authority of its own.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { OrderRecord } from '../kernel/command.ts'
import type { Event, Payload } from '../kernel/event.ts'
import { limits } from '../kernel/limits.ts'
import { refusal } from '../kernel/refusal.ts'
import { parseOrder } from '../kernel/sovereign/parse-order.ts'
import { wireLimits } from '../wire/frame.ts'
import type { Peer } from '../wire/peer.ts'
import type { Core } from './core.ts'
import type { Exchange } from './exchange.ts'
import { saltedDigest } from './salt.ts'
import type { ViewPorts } from './view/operator-views.ts'
import { queryView } from './view/operator-views.ts'

/** What the operators' door stands on. */
export interface OperatorChannelPorts extends ViewPorts {
  readonly core: Core
  readonly exchange: Exchange
  /** True when the signature verifies; never throws. */
  verify(publicKey: string, record: Uint8Array, signature: string): boolean
}

/** Orders that may be recorded from the space kept in reserve, because they only lessen what can happen. */
const reservedFor: ReadonlySet<string> = new Set([
  'capability.revoke',
  'process.kill',
  'agent.remove',
  'driver.remove',
  'call.deny',
])

/** Serves one operator connection. */
export class OperatorChannel {
  readonly #peer: Peer
  readonly #ports: OperatorChannelPorts

  constructor(peer: Peer, ports: OperatorChannelPorts) {
    this.#peer = peer
    this.#ports = ports
  }

  request(correlation: number, header: JsonObject, body: Uint8Array): void {
    switch (header['op']) {
      case 'order':
        return this.#order(correlation, header, body)
      case 'query':
        return this.#query(correlation, header)
      default:
        return this.#refuse(correlation, 'There is no such operation.')
    }
  }

  #order(correlation: number, header: JsonObject, body: Uint8Array): void {
    const { signature } = header
    const { core, exchange } = this.#ports
    const parsed = parseStrictJson(body)
    const order = parsed.ok ? parseOrder(parsed.value) : { ok: false as const, error: parsed.error.message }
    if (!order.ok) return this.#refuse(correlation, `The order is malformed: ${order.error}`)
    const text = Buffer.from(body).toString('utf8')
    if (!parsed.ok || canonicalJson(parsed.value) !== text)
      return this.#refuse(correlation, 'The order is not in canonical form.')
    if (typeof signature !== 'string') return this.#refuse(correlation, 'The order carries no signature.')
    const record = order.value
    const needed = reservedFor.has(record.command.do) ? core.room !== 'none' : core.room === 'ample'
    if (core.failed || !needed) return core.whenDurable(() => this.#peer.refuse(correlation, noRoom))
    const answer = this.#answerOf(record, header['answer'])
    if (answer === undefined) return this.#refuse(correlation, 'The answer is not the one that is signed.')
    const operator = core.state.operators.get(record.operator)
    const decision = exchange.submit({
      kind: 'order',
      ...(answer === null ? {} : { answer }),
      order: {
        record,
        signed: { record: text, signature },
        signatureValid: operator !== undefined && this.#ports.verify(operator.publicKey, body, signature),
      },
      waiting: this.#isAwaited(record),
      undispatched: exchange.flights.undispatched(),
    })
    core.whenDurable(() => {
      if (decision.refusal !== null) this.#peer.refuse(correlation, decision.refusal)
      else this.#peer.reply(correlation, made(decision.events[0]))
    })
  }

  /** What comes beside an approval: exactly the answer whose salted digest it signs; undefined when it is not. */
  #answerOf({ command }: OrderRecord, given: Json | undefined): Payload | null | undefined {
    const digest = command.do === 'call.approve' ? command.answer : undefined
    if (digest === undefined || command.do !== 'call.approve') return given === undefined ? null : undefined
    const { core, vault } = this.#ports
    const nonce = core.state.calls.get(command.call)?.nonce
    const bytes = typeof given === 'string' ? new TextEncoder().encode(given) : null
    if (bytes === null || nonce === undefined || bytes.length > limits.answerLength) return undefined
    const parsed = parseStrictJson(bytes)
    if (!parsed.ok || !isJsonObject(parsed.value) || saltedDigest(vault, nonce, bytes) !== digest)
      return undefined
    return { commitment: vault.commit(bytes), length: bytes.length, bytes }
  }

  #isAwaited({ command }: OrderRecord): boolean {
    const decides = command.do === 'call.approve' || command.do === 'call.deny'
    return decides && this.#ports.exchange.flights.isAwaited(command.call)
  }

  #query(correlation: number, header: JsonObject): void {
    const { what, after } = header as { readonly [name: string]: Json | undefined }
    const start = typeof after === 'number' && Number.isSafeInteger(after) && after >= 0 ? after : 0
    const page = typeof what === 'string' ? queryView(what, start, this.#ports) : null
    if (page === null) return this.#refuse(correlation, 'There is no such view.')
    const body = Buffer.from(JSON.stringify(page.body))
    this.#ports.core.whenDurable(() => {
      if (body.length <= wireLimits.maxBodyLength) this.#peer.reply(correlation, { next: page.next }, body)
      else this.#peer.refuse(correlation, tooLarge)
    })
  }

  #refuse(correlation: number, message: string): void {
    const why = refusal('bad-request', message, 'A request as docs/wire.md describes it.')
    this.#ports.core.whenDurable(() => this.#peer.refuse(correlation, why))
  }
}

const tooLarge = refusal('limit', 'One item of this view is too large to be sent.', 'Smaller terms.')

const noRoom = refusal(
  'ledger-unavailable',
  'The ledger has no room: nothing can be recorded.',
  'Room for the ledger.',
)

/** What an order made, for whoever gave it: the seq and the ids of the first event. */
function made(event: Event | undefined): JsonObject {
  if (event === undefined) return { seq: 0 }
  const ids: { [name: string]: Json } = { seq: event.seq, event: event.kind }
  const body = event.body as unknown as JsonObject
  for (const name of ['driver', 'agent', 'process', 'capability', 'handle', 'call']) {
    const value = body[name]
    if (value !== undefined) ids[name] = value
  }
  // Which calls were cut stands in the event; there may be more of them than a header holds.
  if (Array.isArray(body['cut'])) ids['cut'] = body['cut'].length
  return ids
}
