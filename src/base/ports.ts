/**
 * Time and entropy, as the rest of the system receives them. Nothing in `base`, `kernel`, `ledger` or
 * `machine` reads a clock or draws randomness except through these, so that the simulator owns both.
 */
import type { Instant } from './ids.ts'

/** A source of wall-clock time. It may step backwards; the machine never lets ledger time do so. */
export interface Clock {
  now(): Instant
}

/** A source of unpredictable bytes. */
export interface Entropy {
  bytes(length: number): Uint8Array
}
