/** What the independent verifier exports; its implementation shares no code with the ledger. */
export interface IndependentReport {
  readonly valid: boolean
  readonly sealed: boolean
  readonly domain: string | null
  readonly events: number
  readonly batches: number
  /** Last chain value, hex. */
  readonly head: string
  readonly checkpoint: { readonly seq: number; readonly number: number; readonly time: number } | null
  readonly problems: readonly { readonly file: string; readonly offset: number; readonly message: string }[]
}

/** Verifies a ledger given as file names and contents. */
export function verifyFolder(
  files: ReadonlyMap<string, Uint8Array>,
  options?: {
    readonly checkpoint?: string
    readonly publicKey?: string
    readonly blob?: (digest: string) => Uint8Array | null
  },
): IndependentReport

/** Reads a body. Throws a `SyntaxError` where it is none that a ledger writes. */
export function parseBody(text: string): unknown
