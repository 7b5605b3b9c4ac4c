/** What one question to a projection may take. Each is asked in a process of its own, which is killed at its time. */
export const queryLimits = {
  /** Rows unless asked for more. */
  rows: 1000,
  mostRows: 100_000,
  textBytes: 65_536,
  timeMs: 30_000,
  heapMiB: 256,
  /** One value, also in between. */
  valueBytes: 16_777_216,
  /** Printed at most; a row that does not fit ends the answer. */
  answerBytes: 67_108_864,
} as const

/** What a question's process is told, as JSON on its standard input. */
export interface Query {
  readonly file: string
  readonly sql: string
  /** Rows at most. */
  readonly rows: number
}

/** The last line that a question's process prints; each line before it is one row. */
export interface QueryEnd {
  /** Position of the last event in the projection. */
  readonly seq: number
  /** True when there were more rows than were printed. */
  readonly isCut: boolean
}
