/** How a Peer is set up and what it tells its owner: the contract between the protocol and those who use it. */
import type { Json, JsonObject } from '../base/json.ts'
import type { Transport } from './transport.ts'

/** Credit of a connector whose hello does not say. */
export const defaultCredit = 64
/** The most credit anyone may grant. */
export const maxCredit = 65_535

/** Why a connection is over. */
export interface PeerEnd {
  /** `goodbye`: theirs. `closed`: ours. `violation`: they broke a rule. `transport`: the stream ended. */
  readonly cause: 'goodbye' | 'closed' | 'violation' | 'transport'
  readonly reason: string
}

/** What a peer tells its owner. A missing handler ignores what it would have been told. */
export interface PeerHandler {
  /** Acceptor: answer with `welcome` or `goodbye`, now or later. */
  onHello?(header: JsonObject, body: Uint8Array): void
  /** Connector: requests may be made from now on. */
  onWelcome?(header: JsonObject, body: Uint8Array): void
  /** Must be answered exactly once, by `reply` or `refuse`, now or later. */
  onRequest?(correlation: number, header: JsonObject, body: Uint8Array): void
  /** The request is still unanswered and must still be answered. */
  onCancel?(correlation: number): void
  /** `correlation` is one of our unanswered requests, or 0. */
  onNotice?(correlation: number, header: JsonObject, body: Uint8Array): void
  /** Called once, after every unanswered request got its end. Nothing is called after it. */
  onClosed?(end: PeerEnd): void
}

/** How a peer is set up. */
export interface PeerOptions {
  readonly side: 'connector' | 'acceptor'
  readonly transport: Transport
  readonly handler: PeerHandler
  /** How many unanswered requests the other side may have here; 0 for a peer that serves nothing. */
  readonly credit: number
  /** Acceptor: the longest frame before the greeting is complete; default as the protocol allows. */
  readonly maxHelloLength?: number
  /** Bytes that may wait to be read by the other side before it is given up; default 16 MiB. */
  readonly maxBufferedBytes?: number
  /** Runs `flush` when the turn is over; default `queueMicrotask`. */
  readonly scheduleFlush?: (flush: () => void) => void
}

/** True for a credit that may be granted. */
export function creditFits(credit: Json): credit is number {
  return typeof credit === 'number' && Number.isInteger(credit) && credit >= 0 && credit <= maxCredit
}
