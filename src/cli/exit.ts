/**
 * How a command ends. The exit codes are documented in docs/cli.md and never change meaning, because
 * scripts branch on them. A command that cannot do what was asked throws a `CommandFailure`, which only
 * `main` catches: it carries the code, what went wrong, and what the person can do about it.
 */

/** Exit codes of every command. */
export const exitCodes = {
  /** It was done. */
  done: 0,
  /** The kernel refused it. */
  refused: 1,
  /** The command line was wrong, or something it names does not exist on this machine. */
  usage: 2,
  /** Nothing answers at this home: not running, or unreachable. */
  unreachable: 3,
  /** Verification failed, or stored data is damaged. */
  damaged: 4,
  /** A broken invariant, or something unforeseen. */
  fault: 5,
  /** It is signed and recorded, and waits for a second operator. */
  proposed: 6,
} as const

/** One of the documented exit codes. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** A command that did not succeed. `advice` says what to do next; it may be empty. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly exitCode: ExitCode
  readonly advice: string
  /** A stable word for scripts: a refusal code, or `usage`, `unreachable`, `damaged`, `fault`. */
  readonly code: string
  /** Ledger position of a recorded refusal, or null. */
  readonly seq: number | null

  constructor(
    exitCode: ExitCode,
    message: string,
    advice = '',
    details: { readonly code?: string; readonly seq?: number | null } = {},
  ) {
    super(message)
    this.exitCode = exitCode
    this.advice = advice
    this.code = details.code ?? codeWord(exitCode)
    this.seq = details.seq ?? null
  }
}

/** True when an order that failed so may have been accepted all the same, or may yet be: nothing is to be undone. */
export function mayStand(problem: unknown): boolean {
  if (!(problem instanceof CommandFailure)) return false
  return problem.exitCode === exitCodes.unreachable || problem.exitCode === exitCodes.proposed
}

/** A mistake on the command line. */
export function usageFailure(message: string, advice = ''): CommandFailure {
  return new CommandFailure(exitCodes.usage, message, advice)
}

/** Nothing answers. */
export function unreachableFailure(message: string, advice = ''): CommandFailure {
  return new CommandFailure(exitCodes.unreachable, message, advice)
}

/** Stored data is not what it should be. */
export function damagedFailure(message: string, advice = ''): CommandFailure {
  return new CommandFailure(exitCodes.damaged, message, advice)
}

/** A refusal by the kernel, told as a failure of the command. */
export function refusedFailure(refusal: {
  readonly code: string
  readonly message: string
  readonly needed: string
  readonly seq: number | null
}): CommandFailure {
  return new CommandFailure(exitCodes.refused, refusal.message, refusal.needed, refusal)
}

function codeWord(exitCode: ExitCode): string {
  for (const [word, code] of Object.entries(exitCodes)) if (code === exitCode) return word
  return 'fault'
}
