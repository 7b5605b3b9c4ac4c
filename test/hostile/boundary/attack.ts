/**
 * What an attack on a boundary is: a small Perl program that tries one thing from inside, and says with a line
 * `HARM` that it succeeded; or a look at the world outside afterwards, where only that can tell. Each names the
 * defences without which it succeeds, so that every one is shown to be an attack and not a mistake.
 */
import type { Boundary, Rung } from '../../../src/sandbox/boundary.ts'
import type { AttackWorld } from './attack-world.ts'
import type { DefenceName } from './defences.ts'

/** One attack. */
export interface Attack {
  readonly name: string
  /** Perl, after the prelude. Not run with `shell`. */
  readonly perl: string
  /**
   * Defences that are all taken away at once to show that it works. `plain`: what stops it cannot be taken away
   * alone, as with the user namespace that everything else stands in, so it is shown without any boundary.
   * `plain as root`: the same, and only root can do it at all.
   */
  readonly without: readonly DefenceName[] | 'plain' | 'plain as root'
  /** What the boundary of this attack has beside the usual. */
  readonly boundary?: (boundary: Boundary, world: AttackWorld) => Boundary
  /** For the showing: a boundary without the limit, or with what is otherwise withheld. */
  readonly loosened?: (boundary: Boundary, world: AttackWorld) => Boundary
  /** Harm that shows outside only; null when there is none. */
  readonly harmOutside?: (world: AttackWorld) => string | null | Promise<string | null>
  /** Its standard error is that of whoever starts it, which is a file. */
  readonly isLogged?: boolean
  /** Rungs on which it is not run, each with the reason, which the documentation gives as well. */
  readonly notOn?: { readonly [R in Rung]?: string }
  /** `user`: only an ordinary user's boundary shows it. `groups`: kept by control groups alone, which root can make. */
  readonly needs?: 'user' | 'groups'
}

/** A table of attacks of one kind. */
export interface AttackFamily {
  readonly family: string
  readonly attacks: readonly Attack[]
}
