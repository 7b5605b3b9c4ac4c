/**
 * Which mutants are judged: a sample drawn by a seed, so that everybody who names the same seed on the same code
 * judges the same ones, and a bigger sample contains the smaller one.
 */
import { createHash } from 'node:crypto'

/** What a sample is drawn from: one small change of one place. */
export interface Mutant {
  /** What Stryker’s switch calls it. */
  readonly id: string
  readonly file: string
  readonly line: number
  readonly column: number
  readonly mutator: string
  readonly original: string
  readonly replacement: string
}

/** What says which mutant it is, wherever it stands in its file and however it is laid out. */
export function nameOf({ file, original, replacement }: Mutant): string {
  return `${file}: ${original} → ${replacement}`.replaceAll(/\s+/gu, ' ')
}

/** `count` of the mutants, in an order that the seed decides. All of them when there are no more. */
export function sampleOf(mutants: readonly Mutant[], seed: number, count: number): readonly Mutant[] {
  const rank = ({ file, line, column, mutator, replacement }: Mutant): string =>
    createHash('sha256').update(`${seed} ${file} ${line} ${column} ${mutator} ${replacement}`).digest('hex')
  return mutants
    .map((mutant) => ({ mutant, rank: rank(mutant) }))
    .toSorted((left, right) => (left.rank < right.rank ? -1 : 1))
    .slice(0, count)
    .map(({ mutant }) => mutant)
}
