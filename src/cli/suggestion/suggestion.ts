/**
 * A suggestion: the least grants that cover what an agent was seen to use, with the evidence for each line.
 * It is a proposal and gives nothing; an operator reads it, changes it, and signs it with `custos enforce`.
 */
import type { Constraint, Rate } from '../../kernel/capability/terms.ts'
import type { EffectClass } from '../../kernel/effect.ts'

/** What the first member of a suggestion's file says. */
export const suggestionFormat = 'suggestion-1'

/** Where a line comes from: positions in the ledger for `custos why`, a count and the times. */
export interface Evidence {
  readonly calls: number
  readonly first: string
  readonly last: string
  readonly seqs: readonly number[]
}

/** One argument of one selector. */
export interface SuggestedArgument {
  readonly constraint: Constraint
  readonly optional?: true
  readonly why: string
  /** Present when the constraint allows much more than was seen. */
  readonly wide?: true
  /** What must be decided first. `custos enforce` takes no file in which anything is undecided. */
  readonly undecided?: string
}

/** One selector: the line that a reviewer keeps, changes or strikes out. */
export interface SuggestedSelector {
  readonly effect: EffectClass
  readonly arguments: { readonly [name: string]: SuggestedArgument }
  /** Present when arguments that are not named are allowed too. */
  readonly open?: true
  readonly why: string
  readonly evidence: Evidence
}

/** One capability. */
export interface SuggestedGrant {
  readonly driver: string
  readonly ask?: true
  readonly rate?: Rate
  readonly why: string
  readonly selectors: { readonly [selector: string]: SuggestedSelector }
}

/** Refusals of one kind, which are told and never suggested. */
export interface RefusedUse {
  readonly driver: string
  readonly selector: string
  readonly code: string
  readonly count: number
  readonly message: string
  readonly seqs: readonly number[]
}

/** Calls that no grant can cover any more. */
export interface LeftOut {
  readonly driver: string
  readonly selector: string
  readonly calls: number
  readonly why: string
}

/** The whole proposal. */
export interface Suggestion {
  readonly custos: typeof suggestionFormat
  readonly agent: string
  readonly calls: number
  /** Calls whose arguments could not be opened here: they shaped no constraint. */
  readonly sealed: number
  readonly grants: readonly SuggestedGrant[]
  readonly leftOut: readonly LeftOut[]
  readonly refused: readonly RefusedUse[]
  /** Refusals beyond those, of which only a count was recorded. */
  readonly refusedBeside: number
}
