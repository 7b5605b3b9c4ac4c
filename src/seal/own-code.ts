/** Which code this process is part of, for what must not be mixed with another program's: caches of the fold. */
import { manifestDigest, readCode } from './code-manifest.ts'

let known: string | null = null

/** SHA-256 in hex over the trusted core and the canon as they are on disk; read once. */
export function ownCode(): string {
  known ??= manifestDigest(readCode('core'))
  return known
}
