/** What a scenario of the pairs is: a sentence, when it cannot be, and how it is played. */
import type { Pair } from './pair-world.ts'
import type { PairClient } from './pair-client.ts'

/** Waits for the one call that is held and decides it, as the operator. */
export type Decide = (decision: 'call.approve' | 'call.deny') => Promise<void>

/** One thing that must work between a client and a server. */
export interface Scenario {
  readonly name: string
  /** Why the specification has no such thing for this pair, or null when it must work. */
  readonly whyNot?: (pair: Pair) => string | null
  /** Leaves a call behind that its server may still work on, which for a while others are held back for. */
  readonly isLast?: true
  /** Plays it; rejects when it does not hold. */
  readonly play: (client: PairClient, pair: Pair, decide: Decide) => Promise<void>
}
