/**
 * What walks to the root have found, so that the next one need not walk. A capability's stamp says when it was
 * last found live; it counts until something in its tree changes, which is one number to write however many
 * descend from there. All of it can be thrown away at any time: it is no part of the state.
 */

import type { CapabilityId } from '../../base/ids.ts'
import type { Term } from './record.ts'

/** Trees that share a number only make each other walk again. */
const trees = 4096
/** After this many changes nothing is found in the memo until the next start. */
const lastMoment = 4_294_967_295
/** Capabilities whose terms are remembered. */
const termsRemembered = 4096

/** The moments of the last changes. */
export class LiveMemo {
  readonly #changes: Uint32Array = new Uint32Array(trees)
  /** Terms of capabilities that were used lately, with the moment at which they were these. */
  readonly #terms = new Map<CapabilityId, { readonly stamp: number; readonly terms: readonly Term[] }>()
  #now = 1
  #floor = 1

  /** The stamp of what is found live now; 0 counts for nothing. */
  get now(): number {
    return this.#now < lastMoment ? this.#now : 0
  }

  /** True while nothing has changed since the stamp was made. */
  isFresh(stamp: number, root: number): boolean {
    return stamp >= this.#floor && stamp >= (this.#changes[root % trees] as number)
  }

  /** The terms that a use of the capability is judged by, if they are known and nothing in its tree has changed. */
  termsOf(capability: CapabilityId, root: number): readonly Term[] | undefined {
    const known = this.#terms.get(capability)
    return known !== undefined && this.isFresh(known.stamp, root) ? known.terms : undefined
  }

  noteTerms(capability: CapabilityId, terms: readonly Term[]): void {
    if (this.#terms.size >= termsRemembered) this.#terms.clear()
    this.#terms.set(capability, { stamp: this.now, terms })
  }

  treeChanged(root: number): void {
    this.#advance()
    this.#changes[root % trees] = this.#now
  }

  everythingChanged(): void {
    this.#advance()
    this.#floor = this.#now
  }

  #advance(): void {
    if (this.#now < lastMoment) this.#now += 1
    if (this.#now === lastMoment) this.#floor = lastMoment
  }
}
