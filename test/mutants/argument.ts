/**
 * Why a survivor may stand: it was looked at, and changes nothing that anybody could notice, or only something that is
 * not a promise. docs/mutants.md tells of the kinds. A survivor without an argument is a test that is missing.
 */

/**
 * `same`: no input makes a difference. `unreachable`: what would make one is refused before on every path there is.
 * Neither can be noticed by any test. `choice`: it makes a difference that is not a promise.
 */
export type ArgumentKind = 'same' | 'unreachable' | 'choice'

/** One argument for one or more mutants of a file. */
export interface Argument {
  /** The file, below `src/kernel`. */
  readonly file: string
  readonly kind: ArgumentKind
  readonly why: string
  /** The mutants: what stands there, an arrow, and what the mutant puts there. */
  readonly changes: readonly string[]
}

/** An argument, written shortly. */
export function argued(
  file: string,
  kind: ArgumentKind,
  why: string,
  ...changes: readonly string[]
): Argument {
  return { file, kind, why, changes }
}
