/**
 * A simulated agent: one attachment at a time, many requests at once. It remembers what it asked and did not
 * hear the end of, and asks exactly that again, as a client does whose connection broke while a person decided.
 */
import type { JsonObject } from '../../../src/base/json.ts'
import { encodeFrame } from '../../../src/wire/frame.ts'
import { Peer } from '../../../src/wire/peer.ts'
import { ClientSide } from './client-side.ts'
import type { KernelHost } from './kernel-host.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'
import type { WireEnd } from './wire.ts'

/** What an agent stands on. */
export interface AgentPorts {
  readonly scheduler: Scheduler
  readonly random: Random
  readonly host: KernelHost
  /** False while nothing may go wrong. */
  readonly isHostile: () => boolean
  sometimes(name: string): void
}

interface Request {
  readonly header: JsonObject
  readonly body: Uint8Array
  readonly onReply?: (header: JsonObject) => void
}

/** One agent, once an operator has added it. */
export class Agent {
  readonly name: string
  readonly token: string
  /** From the operator's answer; 0 until then. */
  agent = 0
  process = 0
  /** The process that spawned it, or 0. */
  parent = 0
  /** Requests to make again, newest last. */
  readonly unfinished: Request[] = []
  /** Outcomes heard, for whoever waits for one. */
  readonly heard: Map<string, number> = new Map<string, number>()
  readonly #ports: AgentPorts
  #peer: Peer | null = null
  #end: WireEnd | null = null
  readonly #open = new Set<number>()
  readonly #client: ClientSide

  constructor(name: string, ports: AgentPorts) {
    this.name = name
    this.token = `token-${name}`
    this.#ports = ports
    this.#client = new ClientSide(ports, () => this.disconnect())
  }

  get isConnected(): boolean {
    return this.#peer?.phase === 'open'
  }

  /** Attaches, if there is a kernel and it is not attached yet. */
  connect(): void {
    if (this.#peer !== null) return
    const end = this.#ports.host.connect('agent')
    if (end === null) return
    const peer: Peer = new Peer({
      side: 'connector',
      transport: end,
      credit: this.#client.credit(),
      scheduleFlush: (flush) => this.#ports.scheduler.microtask(flush),
      handler: {
        onRequest: (correlation, header) => this.#client.asked(peer, end, correlation, header),
        onCancel: (correlation) => this.#client.cancelled(peer, correlation),
        onNotice: (_correlation, header) => this.#ports.sometimes(`told ${header['event'] as string}`),
        onClosed: () => {
          if (this.#peer !== peer) return
          this.#peer = null
          this.#end = null
          this.#open.clear()
        },
      },
    })
    end.receiver = peer
    this.#peer = peer
    this.#end = end
    peer.hello({ token: this.token })
  }

  /** Asks for an effect. */
  call(header: JsonObject, body: Uint8Array): void {
    const request = { header: { ...header, ...this.#client.notes(), op: 'call' }, body }
    this.unfinished.push(request)
    if (this.unfinished.length > 32) this.unfinished.shift()
    this.#send(request)
  }

  /** Asks again for something whose end it never heard, byte for byte; what it wants beside may be otherwise. */
  retry(): void {
    const { random } = this.#ports
    if (this.unfinished.length === 0) return
    const { header, body } = random.pick(this.unfinished)
    const { answers: _, progress: __, log: ___, ...bare } = header
    this.#send({ header: random.percent(60) ? header : { ...bare, ...this.#client.notes() }, body })
  }

  /** Asks for anything but an effect. */
  ask(header: JsonObject, body: Uint8Array, onReply?: (header: JsonObject) => void): void {
    this.#send(onReply === undefined ? { header, body } : { header, body, onReply })
  }

  /** Withdraws one of its open requests. */
  withdraw(): void {
    if (this.#open.size > 0) this.#peer?.cancel(this.#ports.random.pick([...this.#open]))
  }

  /** Leaves without a word, or says goodbye. False when it was not there. */
  disconnect(): boolean {
    const wasThere = this.#end?.isOpen === true
    if (this.#ports.random.percent(50)) this.#peer?.goodbye('done')
    else {
      this.#end?.die()
      this.#peer?.transportClosed()
    }
    return wasThere
  }

  /** Sends what no honest client sends. The kernel must close this connection and nothing else. False when it is not attached. */
  misbehave(): boolean {
    const { random } = this.#ports
    if (this.#end === null || this.#peer?.phase !== 'open') return false
    const kind = random.pick(['request', 'reply', 'welcome', 'cancel', 'notice'] as const)
    const frame = encodeFrame({
      kind,
      correlation: kind === 'welcome' ? 0 : random.between(1, 5),
      header: random.pick<JsonObject>([
        { op: 'call' },
        { op: 'derive', handle: -1 },
        { seq: 1 },
        { op: 'order' },
        { op: 'ask', selector: 'client/sampling', call: 1, of: 1 },
        { event: 'progress', progress: 1 },
      ]),
      body: random.bytes(random.below(40)),
    })
    if (random.percent(50)) frame[random.below(frame.length)] = random.below(256)
    this.#end.write(frame)
    return true
  }

  #send(request: Request): void {
    const peer = this.#peer
    if (peer === null) return
    const isCall = request.header['op'] === 'call'
    const correlation = peer.request(request.header, request.body, (answer) => {
      if (correlation !== null) this.#open.delete(correlation)
      if (answer.kind === 'lost' || answer.kind === 'unsent') return
      const outcome = answer.kind === 'refusal' ? answer.refusal.code : (answer.header['outcome'] as string)
      this.#hear(outcome)
      if (answer.kind === 'reply') request.onReply?.(answer.header)
      if (answer.kind === 'reply' && request.header['op'] === 'discover')
        this.#ports.sometimes('resources listed')
      const isOver =
        !(answer.kind === 'refusal' && outcome === 'driver-unavailable') && outcome !== 'cancelled'
      if (isCall && isOver) this.#forget(request)
    })
    if (correlation !== null) this.#open.add(correlation)
  }

  #hear(outcome: string): void {
    this.heard.set(outcome, (this.heard.get(outcome) ?? 0) + 1)
    this.#ports.sometimes(`heard ${outcome}`)
  }

  #forget(request: Request): void {
    const at = this.unfinished.indexOf(request)
    if (at !== -1 && this.#ports.random.percent(90)) this.unfinished.splice(at, 1)
  }
}
