/**
 * How much of anything one program's egress may have. All of it counts for one proxy socket, which is one program:
 * what a program uses up is its own.
 */

/** A steady rate, and how much may come at once after a pause. */
export interface RateLimit {
  readonly perSecond: number
  readonly burst: number
}

/** The limits. Sizes are in bytes. */
export interface EgressLimits {
  /** Connections of the program at once; more are closed as they come. */
  readonly connections: number
  /** Requests and tunnels at once that are being asked for or carried; more are answered with 429. */
  readonly inFlight: number
  /** Names that are looked up at once. */
  readonly lookups: number
  /** Request line and headers together, and of a reply. */
  readonly headBytes: number
  readonly headers: number
  /** A request's body up to this length is read and digested before the gate is asked. */
  readonly judgedBodyBytes: number
  readonly requestBytes: number
  readonly responseBytes: number
  /** Bytes both ways together, of bodies and tunnels. */
  readonly byteRate: RateLimit
  /** Requests and tunnels. */
  readonly requestRate: RateLimit
  /** For the program to send a whole head, or the first record of TLS. */
  readonly headMs: number
  /** For the program to send a body that is read before the gate is asked. */
  readonly bodyMs: number
  /** Between two requests on a connection. */
  readonly keepAliveMs: number
  readonly resolveMs: number
  /** For each address that is tried. */
  readonly connectMs: number
  /** Without a byte in either direction. */
  readonly idleMs: number
  /** For a whole exchange or tunnel from the dispatch on; the kernel's own limit of a call is 600 s. */
  readonly totalMs: number
}

const MiB = 1_048_576

/** What holds unless it is said otherwise. */
export const egressLimits: EgressLimits = {
  connections: 128,
  inFlight: 64,
  lookups: 4,
  headBytes: 32_768,
  headers: 128,
  judgedBodyBytes: MiB,
  requestBytes: 1024 * MiB,
  responseBytes: 4096 * MiB,
  byteRate: { perSecond: 64 * MiB, burst: 64 * MiB },
  requestRate: { perSecond: 200, burst: 400 },
  headMs: 30_000,
  bodyMs: 120_000,
  keepAliveMs: 60_000,
  resolveMs: 10_000,
  connectMs: 10_000,
  idleMs: 300_000,
  totalMs: 590_000,
}
