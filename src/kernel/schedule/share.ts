/**
 * How much of what is scarce a process may have beside others, and how soon. An operator signs both; nothing
 * else sets them, and they decide order and amount, never whether something may happen.
 */

/** Of one process, beside its siblings: those of its parent, or for a standing process all others. */
export interface Share {
  /** Turns it gets while all of them wait, in proportion; 100 unless an operator said otherwise. */
  readonly weight: number
  /** Goes before everything of a lower priority that waits beside it, but for aging. */
  readonly priority: number
}

/** What a process has that nobody weighed. */
export const ordinaryShare: Share = { weight: 100, priority: 2 }

/** Bounds of both, whole numbers. A weight is bounded below so that a round stays short. */
export const shareLimits = {
  leastWeight: 10,
  mostWeight: 1000,
  mostPriority: 4,
} as const
