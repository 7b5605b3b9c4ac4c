/**
 * What the parts of one program's proxy share: whom to ask, the world outside, and how much is under way.
 */
import type { Duplex } from 'node:stream'
import type { Authority } from './authority.ts'
import { type Denial, denial } from './denial.ts'
import type { EgressLimits } from './egress-limits.ts'
import type { EgressGate } from './gate.ts'
import type { Interceptor } from './interceptor.ts'
import { type TokenBucket, tokenBucket } from './token-bucket.ts'
import type { Outside } from './upstream.ts'

/** The traffic of one program. */
export interface Traffic {
  /** Every connection of the program, with what ends when it ends. */
  readonly sockets: Map<Duplex, AbortController>
  /** Where the requests inside an intercepted connection go. */
  readonly origins: WeakMap<Duplex, Authority>
  /** Requests of each connection that are not answered yet. */
  readonly pending: WeakMap<Duplex, number>
  readonly requests: TokenBucket
  readonly bytes: TokenBucket
  inFlight: number
}

/** One program's proxy. */
export interface Proxy {
  readonly gate: EgressGate
  readonly interceptor: Interceptor | null
  readonly outside: Outside
  readonly traffic: Traffic
  /** Serves requests that come on `socket`, whose origin is noted. */
  handOver(socket: Duplex): void
}

/** No traffic yet. */
export function newTraffic(limits: EgressLimits): Traffic {
  return {
    sockets: new Map(),
    origins: new WeakMap(),
    pending: new WeakMap(),
    requests: tokenBucket(limits.requestRate),
    bytes: tokenBucket(limits.byteRate),
    inFlight: 0,
  }
}

/** Takes a place for one request or tunnel of `socket`: the way to give it back, or why there is none. */
export function enter({ traffic, outside }: Proxy, socket: Duplex): (() => void) | Denial {
  const { limits } = outside
  if (traffic.inFlight >= limits.inFlight)
    return denial(429, 'limit', `${limits.inFlight} requests are under way.`, 'One of them to end first.')
  if (!traffic.requests.tryTake(1))
    return denial(429, 'limit', 'Too many requests at once.', 'To wait a little.')
  const count = (by: number): void => {
    traffic.inFlight += by
    traffic.pending.set(socket, (traffic.pending.get(socket) ?? 0) + by)
  }
  count(1)
  let isOver = false
  return () => {
    if (!isOver) count(-1)
    isOver = true
  }
}
