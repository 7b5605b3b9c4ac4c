/**
 * A simulated operator: signs orders over their canonical text and carries them to the kernel. Sometimes the
 * order is stale, replayed, forged or for another policy; nothing of that may be carried out.
 */
import { canonicalJson } from '../../../src/base/canonical-json.ts'
import { bytesToHex } from '../../../src/base/hash.ts'
import type { Json, JsonObject } from '../../../src/base/json.ts'
import { canonVersion } from '../../../src/kernel/canon/first-edition.ts'
import { builtinJudge } from '../../../src/kernel/gate/judge.ts'
import type { Operator as KnownOperator } from '../../../src/kernel/state.ts'
import { saltedDigest } from '../../../src/machine/salt.ts'
import { Peer } from '../../../src/wire/peer.ts'
import type { Oracle } from '../oracle/oracle.ts'
import type { KernelHost } from './kernel-host.ts'
import type { Keys } from './keys.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** What an operator stands on. */
export interface OperatorPorts {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly host: KernelHost
  readonly keys: Keys
  readonly oracle: Oracle
  readonly domain: string
  now(): number
  sometimes(name: string): void
  /** Who orders, if it is not the first operator. */
  somebody(): KnownOperator | null
}

/** What is wrong with an order. */
export type Flaw = 'none' | 'forged' | 'replayed' | 'stale' | 'outdated' | 'foreign'

/** Every flaw there is. */
export const flaws: readonly Flaw[] = ['forged', 'replayed', 'stale', 'outdated', 'foreign']

/** One operator with one connection. */
export class Operator {
  readonly #ports: OperatorPorts
  #peer: Peer | null = null
  #lastOrder: { readonly text: string; readonly signature: string } | null = null

  constructor(ports: OperatorPorts) {
    this.#ports = ports
  }

  /** Signs and sends an order; `onReply` hears what it made. Lost if no kernel serves. */
  order(
    command: { readonly do: string },
    onReply: (made: JsonObject) => void = () => undefined,
    flaw: Flaw = 'none',
    beside: JsonObject = {},
    by: Pick<KnownOperator, 'id' | 'publicKey'> | null = this.#ports.somebody(),
  ): void {
    const { keys, oracle, random } = this.#ports
    const now = this.#ports.now()
    const record = {
      command: command as unknown as Json,
      domain: flaw === 'foreign' ? 'other' : this.#ports.domain,
      operator: Number(by?.id ?? 1),
      nonce: bytesToHex(random.bytes(16)),
      policyVersion: flaw === 'outdated' ? 'builtin-0' : builtinJudge.version,
      canonVersion: this.#ports.host.machine?.core.state.domain?.canonVersion ?? canonVersion,
      time: flaw === 'stale' ? now - 400_000 : now,
    }
    const text = canonicalJson(record)
    const sign = (words: string): string =>
      by === null ? keys.sign(words) : keys.signAs(by.publicKey, words)
    let order = { text, signature: sign(text) }
    if (flaw === 'forged') order = { text, signature: sign(`${text} `) }
    else oracle.signed(text, order.signature)
    if (flaw === 'replayed' && this.#lastOrder !== null) order = this.#lastOrder
    else if (flaw === 'replayed') return
    this.#lastOrder = order
    const header = { ...beside, op: 'order', signature: order.signature }
    const isSent = this.#send(header, Buffer.from(order.text), onReply)
    if (flaw !== 'none' && isSent) this.#ports.sometimes(`fault: order ${flaw}`)
  }

  /** Approves a held call and answers what it asks; sometimes the answer is not the one that was signed. */
  approve(
    held: { readonly call: number; readonly digest: string; readonly nonce: string },
    answer: string | null,
  ): void {
    const { keys, oracle, random } = this.#ports
    const { call, digest, nonce } = held
    const command = { do: 'call.approve', call, digest, comment: random.pick(['', 'fine', 'no']) }
    if (answer === null) return this.order(command)
    const bytes = Buffer.from(answer)
    const signed = saltedDigest(keys.vault, nonce, bytes, 0)
    oracle.answered(signed, bytes)
    const isSigned = random.percent(95)
    if (!isSigned) this.#ports.sometimes('fault: answer exchanged')
    const beside = { answer: isSigned ? answer : `${answer} ` }
    this.order({ ...command, answer: signed } as { do: string }, undefined, 'none', beside)
  }

  /** Looks at something. */
  query(what: string): void {
    this.#send({ op: 'query', what }, new Uint8Array(0), () => undefined)
  }

  /** False when nobody listens. */
  #send(header: JsonObject, body: Uint8Array, onReply: (made: JsonObject) => void): boolean {
    const peer = this.#peer ?? this.#connect()
    if (peer === null) return false
    if (peer.phase === 'greeting') {
      this.#ports.scheduler.after(10, () => {
        if (this.#peer === peer) this.#request(peer, header, body, onReply)
      })
    } else this.#request(peer, header, body, onReply)
    return true
  }

  #request(peer: Peer, header: JsonObject, body: Uint8Array, onReply: (made: JsonObject) => void): void {
    peer.request(header, body, (answer) => {
      if (answer.kind === 'reply') onReply(answer.header)
      if (answer.kind === 'refusal') this.#ports.sometimes(`order refused: ${answer.refusal.code}`)
    })
  }

  #connect(): Peer | null {
    const end = this.#ports.host.connect('operator')
    if (end === null) return null
    const peer = new Peer({
      side: 'connector',
      transport: end,
      credit: 0,
      scheduleFlush: (flush) => this.#ports.scheduler.microtask(flush),
      handler: {
        onClosed: () => {
          if (this.#peer === peer) this.#peer = null
        },
      },
    })
    end.receiver = peer
    this.#peer = peer
    peer.hello({})
    return peer
  }
}
