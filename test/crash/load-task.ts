/** What a load agent is told when it is started, and how much it does at once. */

/** Its task, as JSON in its first argument. */
export interface LoadTask {
  readonly home: string
  /** Unique to this start, so that ids are never used twice. */
  readonly name: string
  readonly token: string
  readonly seed: number
  /** Handle of its capability for notes. */
  readonly plain: number
  /** Handle of its capability with a limited number of uses. */
  readonly counted: number
}

/** Calls that one agent keeps under way. */
export const callsUnderWay = 4
