/**
 * Survivors that were looked at and may stand: mutants that change nothing anybody could notice, or only something
 * that is not a promise. Each has its reason; docs/mutants.md tells them by kind. What is not listed here is a test
 * that is missing.
 */
import type { Mutant } from './sample.ts'
import { nameOf } from './sample.ts'

/** One survivor, and why it may stand. */
export interface Argued {
  readonly file: string
  readonly mutator: string
  readonly original: string
  readonly replacement: string
  readonly why: string
}

/** Every survivor that was argued. */
export const argued: readonly Argued[] = []

/** Why a survivor may stand, or null. */
export function argumentFor(mutant: Mutant): string | null {
  const name = nameOf(mutant)
  return argued.find((one) => nameOf(one) === name)?.why ?? null
}
