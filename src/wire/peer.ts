/**
 * One end of one connection, without the connection: it is told what bytes arrived and hands a Transport the
 * bytes to send. Everything the protocol demands of either side lives here — the greeting, who may have how
 * many requests unanswered, which answer belongs to what — so the kernel, the adapters, the clients and the
 * simulator share one implementation, and none of them can be confused by a peer that breaks the rules.
 *
 * Handlers are called synchronously from `receive`, `transportClosed` and whatever else ends the connection.
 * They may call any method of the peer. Frames made in one turn leave in one write.
 */
import { invariant } from '../base/fault.ts'
import type { JsonObject } from '../base/json.ts'
import type { Answer, WireRefusal } from './answer.ts'
import { readRefusal, refusalHeader } from './answer.ts'
import type { Frame, FrameKind } from './frame.ts'
import { encodeFrame, noBody, protocolVersion } from './frame.ts'
import { FrameDecoder } from './frame-decoder.ts'
import { Outbox } from './outbox.ts'
import type { PeerEnd, PeerHandler, PeerOptions } from './peer-options.ts'
import { creditFits, defaultCredit } from './peer-options.ts'
import type { Transport } from './transport.ts'
import type { WireViolationReason } from './violation.ts'

export type { PeerEnd, PeerHandler, PeerOptions } from './peer-options.ts'

interface Pending {
  readonly onAnswer: (answer: Answer) => void
  /** Position of its frame among all frames made here, to know whether it left. */
  readonly position: number
}

/** `greeted`: our hello awaits a welcome, or their hello awaits ours. */
type Phase = 'new' | 'greeted' | 'open' | 'closed'

/** One end of one connection. Made before the first byte arrives; useless, and harmless, once it is closed. */
export class Peer {
  readonly #side: 'connector' | 'acceptor'
  readonly #transport: Transport
  readonly #handler: PeerHandler
  readonly #credit: number
  readonly #outbox: Outbox
  readonly #decoder: FrameDecoder
  #phase: Phase = 'new'
  #theirCredit = 0
  #lastCorrelation = 0
  /** Our unanswered requests. */
  readonly #pending = new Map<number, Pending>()
  /** Their unanswered requests. */
  readonly #unanswered = new Set<number>()

  constructor(options: PeerOptions) {
    invariant(creditFits(options.credit), 'credit is an integer from 0 to 65535')
    this.#side = options.side
    this.#transport = options.transport
    this.#handler = options.handler
    this.#credit = options.credit
    this.#decoder = new FrameDecoder(options.maxHelloLength)
    this.#outbox = new Outbox({
      transport: options.transport,
      maxBufferedBytes: options.maxBufferedBytes ?? 16 * 1024 * 1024,
      schedule: options.scheduleFlush ?? queueMicrotask,
      onBacklog: (message) => this.#violate('backlog', message),
    })
  }

  /** Where the connection stands: requests are possible only while it is `open`. */
  get phase(): 'greeting' | 'open' | 'closed' {
    return this.#phase === 'new' || this.#phase === 'greeted' ? 'greeting' : this.#phase
  }

  /** How many more requests the other side will take now. */
  get available(): number {
    return this.#phase === 'open' ? Math.max(0, this.#theirCredit - this.#pending.size) : 0
  }

  /** Bytes that the other side has not taken yet. Much of it means: it does not read as fast as we write. */
  get waitingBytes(): number {
    return this.#phase === 'closed' ? 0 : this.#outbox.waitingBytes
  }

  /** Requests of the other side that wait for our answer. */
  get unanswered(): number {
    return this.#unanswered.size
  }

  /** Connector: opens the conversation. `protocol` and `credit` are added to the header. */
  hello(header: JsonObject, body: Uint8Array = noBody): void {
    invariant(this.#side === 'connector', 'only a connector says hello')
    if (this.#phase === 'closed') return
    invariant(this.#phase === 'new', 'hello is said once')
    this.#phase = 'greeted'
    this.#send('hello', 0, { ...header, protocol: protocolVersion, credit: this.#credit }, body)
  }

  /** Acceptor: answers the hello. `protocol` and `credit` are added to the header. */
  welcome(header: JsonObject, body: Uint8Array = noBody): void {
    invariant(this.#side === 'acceptor', 'only an acceptor says welcome')
    if (this.#phase === 'closed') return
    invariant(this.#phase === 'greeted', 'welcome answers one hello')
    this.#phase = 'open'
    this.#decoder.acceptLongest()
    this.#send('welcome', 0, { ...header, protocol: protocolVersion, credit: this.#credit }, body)
  }

  /**
   * Asks. Returns the correlation, or null, with nothing sent and `onAnswer` never called, when the peer is
   * not open or has no credit left. Otherwise `onAnswer` is called exactly once, never before this returns
   * unless the request itself ends the connection.
   */
  request(header: JsonObject, body: Uint8Array, onAnswer: (answer: Answer) => void): number | null {
    if (this.available === 0) return null
    const correlation = this.#freeCorrelation()
    this.#pending.set(correlation, { onAnswer, position: this.#outbox.nextPosition })
    this.#send('request', correlation, header, body)
    return correlation
  }

  /** Withdraws an unanswered request of ours; it is still answered. Ignored when it already was. */
  cancel(correlation: number): void {
    if (this.#pending.has(correlation)) this.#send('cancel', correlation, {}, noBody)
  }

  /** Answers a request. False when the connection is gone and nobody hears it. Answering twice is a Fault. */
  reply(correlation: number, header: JsonObject, body: Uint8Array = noBody): boolean {
    return this.#answer('reply', correlation, header, body)
  }

  /** Answers a request with a no. As `reply`. */
  refuse(correlation: number, refusal: WireRefusal): boolean {
    return this.#answer('refusal', correlation, refusalHeader(refusal), noBody)
  }

  /**
   * Tells something, about an unanswered request of theirs or, with correlation 0, about nothing in
   * particular. False, and nothing sent, when the request has been answered or the peer is not open.
   */
  notice(correlation: number, header: JsonObject, body: Uint8Array = noBody): boolean {
    if (this.#phase !== 'open') return false
    if (correlation !== 0 && !this.#unanswered.has(correlation)) return false
    this.#send('notice', correlation, header, body)
    return true
  }

  /** Ends the connection after what was made so far. `reason` is a short word, `message` explains it. */
  goodbye(reason: string, message = ''): void {
    if (this.#phase === 'closed') return
    this.#outbox.finish(farewell(reason, message))
    this.#end({ cause: 'closed', reason })
  }

  /** Sends what this turn has made so far, now. */
  flush(): void {
    this.#outbox.flush()
  }

  /** Bytes arrived. They remain the caller's. Never throws on account of them. */
  receive(bytes: Uint8Array): void {
    if (this.#phase === 'closed') return
    const { frames, violation } = this.#decoder.push(bytes)
    for (const frame of frames) {
      if (this.#isClosed()) return
      this.#take(frame)
    }
    if (violation !== null) this.#violate(violation.reason, violation.message)
  }

  /** The stream ended, for whatever reason. */
  transportClosed(reason = 'the connection was closed'): void {
    this.#end({ cause: 'transport', reason })
  }

  /** A method, so that the compiler does not think a phase stays what it was across a handler. */
  #isClosed(): boolean {
    return this.#phase === 'closed'
  }

  #take(frame: Frame): void {
    if (frame.kind === 'goodbye') return this.#end({ cause: 'goodbye', reason: goodbyeReason(frame.header) })
    if (this.#phase !== 'open') return this.#greet(frame)
    const { kind, correlation, header, body } = frame
    switch (kind) {
      case 'request':
        return this.#takeRequest(frame)
      case 'reply':
        return this.#settle(correlation, { kind: 'reply', header, body })
      case 'refusal': {
        const refusal = readRefusal(header)
        if (refusal === null)
          return this.#violate('header', 'a refusal without code, message, needed and seq')
        return this.#settle(correlation, { kind: 'refusal', refusal })
      }
      case 'cancel':
        // A cancel of anything else has crossed the answer.
        if (this.#unanswered.has(correlation)) this.#handler.onCancel?.(correlation)
        return
      case 'notice':
        if (correlation !== 0 && !this.#pending.has(correlation))
          return this.#violate('unasked', `a notice about ${correlation}, which is not open`)
        return this.#handler.onNotice?.(correlation, header, body)
      case 'hello':
      case 'welcome':
        return this.#violate('handshake', `a second ${kind}`)
    }
  }

  #greet(frame: Frame): void {
    const isTheirTurn = this.#phase === (this.#side === 'acceptor' ? 'new' : 'greeted')
    const expected = this.#side === 'acceptor' ? 'hello' : 'welcome'
    if (!isTheirTurn || frame.kind !== expected)
      return this.#violate('handshake', `a ${frame.kind} before the greeting is complete`)
    const protocol = frame.header['protocol']
    if (protocol !== protocolVersion)
      return this.#violate('version', `only protocol ${protocolVersion} is spoken here`)
    const credit = frame.header['credit'] ?? (expected === 'hello' ? defaultCredit : null)
    if (!creditFits(credit)) return this.#violate('header', `a ${expected} without a valid credit`)
    this.#theirCredit = credit
    this.#phase = expected === 'hello' ? 'greeted' : 'open'
    if (expected === 'hello') this.#handler.onHello?.(frame.header, frame.body)
    else this.#handler.onWelcome?.(frame.header, frame.body)
  }

  #takeRequest({ correlation, header, body }: Frame): void {
    if (this.#unanswered.has(correlation)) return this.#violate('correlation', `${correlation} is in use`)
    if (this.#unanswered.size >= this.#credit)
      return this.#violate('credit', `more than ${this.#credit} requests`)
    this.#unanswered.add(correlation)
    this.#handler.onRequest?.(correlation, header, body)
  }

  #settle(correlation: number, answer: Answer): void {
    const pending = this.#pending.get(correlation)
    if (pending === undefined)
      return this.#violate('unasked', `an answer to ${correlation}, which is not open`)
    this.#pending.delete(correlation)
    pending.onAnswer(answer)
  }

  #answer(kind: 'reply' | 'refusal', correlation: number, header: JsonObject, body: Uint8Array): boolean {
    if (this.#phase !== 'open') return false
    invariant(this.#unanswered.delete(correlation), `an answer to ${correlation}, which is not open`)
    this.#send(kind, correlation, header, body)
    return !this.#isClosed()
  }

  #send(kind: FrameKind, correlation: number, header: JsonObject, body: Uint8Array): void {
    this.#outbox.add(encodeFrame({ kind, correlation, header, body }))
  }

  #freeCorrelation(): number {
    do this.#lastCorrelation = this.#lastCorrelation === 0xffff_ffff ? 1 : this.#lastCorrelation + 1
    while (this.#pending.has(this.#lastCorrelation))
    return this.#lastCorrelation
  }

  /** What waits is dropped, so that requests it holds provably did not happen. */
  #violate(reason: WireViolationReason, message: string): void {
    if (this.#phase === 'closed') return
    this.#outbox.abandon(farewell(reason, message))
    this.#end({ cause: 'violation', reason: `${reason}: ${message}` })
  }

  /** The only way to `closed`. */
  #end(end: PeerEnd): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#outbox.close()
    this.#transport.close()
    this.#unanswered.clear()
    const left = [...this.#pending.values()]
    this.#pending.clear()
    for (const { onAnswer, position } of left)
      onAnswer({ kind: position < this.#outbox.flushedPosition ? 'lost' : 'unsent', reason: end.reason })
    this.#handler.onClosed?.(end)
  }
}

function farewell(reason: string, message: string): Uint8Array {
  return encodeFrame({ kind: 'goodbye', correlation: 0, header: { reason, message }, body: noBody })
}

/** The other side's words, bounded, for our own record. */
function goodbyeReason(header: JsonObject): string {
  const { reason, message } = header as { readonly reason?: unknown; readonly message?: unknown }
  const words = [reason, message].filter((text) => typeof text === 'string' && text !== '')
  return words.join(': ').slice(0, 300)
}
