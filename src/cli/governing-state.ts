/**
 * The state of the kernel that governs a home, folded from its ledger alone: what commands about the canon and the
 * code go by, which must work when no kernel runs, because a wrong canon or other code is why none does.
 */
import type { CanonSignature } from '../kernel/canon/document.ts'
import { evolve } from '../kernel/evolve.ts'
import type { State } from '../kernel/state.ts'
import { initialState } from '../kernel/state.ts'
import { whyNoCanon } from '../seal/canon-history.ts'
import type { Context } from './command.ts'
import { damagedFailure } from './exit.ts'
import type { HomePaths } from './home.ts'
import { governing } from './home.ts'
import { openLedgerFolder } from './ledger-folder.ts'

/** What the ledger says. */
export interface GoverningState {
  readonly paths: HomePaths
  readonly state: State & { readonly domain: NonNullable<State['domain']> }
  /** The signatures that put the canon in force; none under a founding canon. */
  readonly signatures: readonly CanonSignature[]
  /** Why some canon in the ledger could not be in force, or null. */
  readonly problem: string | null
}

/** Folds the ledger of the sovereign, or of `main` where that is alone. Fails when nothing was ever started here. */
export function readGoverningState({ paths }: Pick<Context, 'paths'>): GoverningState {
  const there = governing(paths)
  const state = initialState()
  let signatures: readonly CanonSignature[] = []
  let problem: string | null = null
  for (const event of openLedgerFolder(there).events()) {
    problem ??= whyNoCanon(state, event)
    if (event.kind === 'canon.amended') ({ signatures } = event.body)
    evolve(state, event)
  }
  const { domain } = state
  if (domain === null)
    throw damagedFailure(`the ledger of ${there.home} has no first event`, 'custos ledger verify')
  return { paths: there, state: { ...state, domain }, signatures, problem }
}
