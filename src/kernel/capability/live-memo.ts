/**
 * What walks to the root have found, so that the next one need not walk. A capability's stamp says when it was
 * last found live; it counts until something in its tree changes, which is one number to write however many
 * descend from there. All of it can be thrown away at any time: it is no part of the state.
 */

/** Trees that share a number only make each other walk again. */
const trees = 4096
/** After this many changes nothing is found in the memo until the next start. */
const lastMoment = 4_294_967_295

/** The moments of the last changes. */
export class LiveMemo {
  readonly #changes: Uint32Array = new Uint32Array(trees)
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
