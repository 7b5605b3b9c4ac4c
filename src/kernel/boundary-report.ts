/**
 * What was found on a machine to hold programs with. The kernel records it at every boot and decides nothing by
 * it: it is for whoever asks later how strong the boundary was then.
 */

/** What a machine can hold programs with: the rung in force, and what was found of each. */
export interface BoundaryReport {
  /** The name of the rung, or `none`. */
  readonly rung: string
  readonly ladder: readonly { readonly rung: string; readonly available: boolean; readonly detail: string }[]
}
