/** What the independent verifier of bundles exports; it shares no code with what makes them. */
export interface ProvedBundle {
  readonly event: number
  readonly records: number
  readonly size: number
  readonly cosigned: readonly { readonly name: string; readonly time: number }[]
}

/** Throws unless everything holds under that key and those witnesses. */
export function verifyBundle(text: string, keyWord: string, witnessWords?: readonly string[]): ProvedBundle
