/**
 * How much one deterministic agent may use. The first four are counted by the machine itself, the same way in
 * every replay; the last is a clock, and all it can do is kill: a run that it ends is replayed up to there.
 */

/** The limits of one run. */
export interface AgentLimits {
  /** Steps of the engine (function calls and jumps backwards), in units of 10,000; 1,000 units take half a second. */
  readonly fuel: number
  /** Memory of the script. */
  readonly memoryMiB: number
  /** Syscalls altogether. */
  readonly syscalls: number
  /** How long the script may compute before it next waits for an answer, by the clock. */
  readonly turnMs: number
}

/** What applies when nobody says otherwise. */
export const defaultAgentLimits: AgentLimits = {
  fuel: 20_000,
  memoryMiB: 64,
  syscalls: 10_000,
  turnMs: 15_000,
}

/** The most that anyone may ask for. */
export const mostAgentLimits: AgentLimits = {
  fuel: 10_000_000,
  memoryMiB: 1_024,
  syscalls: 1_000_000,
  turnMs: 3_600_000,
}

/** Limits of the machine that nobody may change, because recordings would not mean the same afterwards. */
export const machineLimits = {
  /** Longest program, in bytes. */
  sourceBytes: 524_288,
  /** The engine's own stack. The host's must be larger by a factor: see `workerFlags`. */
  stackBytes: 131_072,
  /** Syscalls without an answer at once, and bytes of their arguments together. */
  outstanding: 64,
  outstandingBytes: 4_194_304,
  /** Arguments of one call, in bytes: what fits into one frame of the wire. */
  argumentBytes: 1_015_808,
  /** Driver names and selectors, in UTF-16 units. */
  wordLength: 1_024,
  /** One log line, in UTF-16 units, and all of them together. */
  logLength: 8_192,
  logTotal: 1_048_576,
  /** What a script hands back, and what is kept of an error, in UTF-16 units. */
  resultLength: 262_144,
  errorLength: 8_192,
  /** Reasons and comments of an answer, in UTF-16 units. */
  remarkLength: 2_048,
} as const

/** True for limits that a run may have. */
export function limitsFit(limits: AgentLimits): boolean {
  return (['fuel', 'memoryMiB', 'syscalls', 'turnMs'] as const).every(
    (name) =>
      Number.isSafeInteger(limits[name]) && limits[name] >= 1 && limits[name] <= mostAgentLimits[name],
  )
}
