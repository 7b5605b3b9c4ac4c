/**
 * The terms of a capability: what it lets its holder ask for. A capability stores only the caveats added
 * at its own level; a use must satisfy every level up to the root, so deriving can only narrow.
 */
import type { Instant } from '../../base/ids.ts'
import type { Json } from '../../base/json.ts'

/** The operation a message asks for, for example `tools/read_text_file`. */
export type Selector = string

/** A total predicate over one argument. The language has no recursion but `every`, and no failure but "no". */
export type Constraint =
  | { readonly any: true }
  | { readonly eq: Json }
  | { readonly in: readonly Json[] }
  | { readonly range: { readonly min?: number; readonly max?: number } }
  | { readonly prefix: string }
  | { readonly glob: string }
  | { readonly within: string }
  | { readonly every: Constraint }

/** What is asked of one argument. An argument that is named must be present unless it is optional. */
export interface ArgumentTerm {
  readonly constraint: Constraint
  readonly optional?: true
}

/** What is asked of all arguments of a selector. Arguments not named are refused unless `open`. */
export interface ArgumentTerms {
  readonly arguments: { readonly [name: string]: ArgumentTerm }
  readonly open?: true
}

/** Argument terms per selector; the key `*` stands for every selector without an entry of its own. */
export type Where = { readonly [selector: Selector]: ArgumentTerms }

/** At most `count` uses in any window of `perMs` milliseconds (fixed windows, opened by the first use). */
export interface Rate {
  readonly count: number
  readonly perMs: number
}

/** An amount of whatever the domain's selectors cost, in whole units. */
export interface Budget {
  readonly amount: number
}

/** The caveats of one level. A missing field adds nothing at this level. */
export interface Caveats {
  /** Selectors allowed; exact names. Required at the root. */
  readonly selectors?: readonly Selector[]
  /** Required at the root; a level without it asks nothing more of the arguments than its parents do. */
  readonly where?: Where
  /** What narrowings in place added to `where`: all of them must hold too. Only narrowing sets it. */
  readonly also?: readonly Where[]
  /** Equality with argument bytes that were shown: a keyed commitment in hex. Only approvals set it. */
  readonly argumentsCommitment?: string
  /** First instant at which the capability is dead. */
  readonly expiresAt?: Instant
  /** How many uses there are altogether, descendants' uses included. */
  readonly uses?: number
  readonly rate?: Rate
  /** What uses of it may cost together, descendants' uses included; set aside from the budget above it. */
  readonly budget?: Budget
  /** How many of the holder's capabilities, granted by as many different operators, each use takes. */
  readonly quorum?: number
  /** How many different operators must approve every use. */
  readonly approvals?: number
  /** Every use must be approved, and whoever approves it needs a second operator who agrees. */
  readonly fourEyes?: true
  /** Every use must be approved by an operator. */
  readonly ask?: true
  /** False forbids deriving. Missing means: as the parent; at the root, allowed. */
  readonly derivable?: false
  /** An opaque label that dispatch passes on to the driver, so that it can tell its clients apart. */
  readonly badge?: string
}
