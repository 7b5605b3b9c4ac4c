/** Orders about the canon and the code, and how they look. */
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { Cases, Shape } from '../../base/shape.ts'
import { list, object, parse, text } from '../../base/shape.ts'
import { limits } from '../limits.ts'
import { aDigest } from '../sovereign/shape.ts'
import type { CanonDocument, CanonSignature } from './document.ts'
import { aCanon } from './parse-canon.ts'

/** Orders that are understood in this folder. */
export type CanonAction =
  | {
      readonly do: 'canon.amend'
      readonly canon: CanonDocument
      /** Keyholders' signatures over the canon's `signedBytes`. The order only carries them. */
      readonly signatures: readonly CanonSignature[]
    }
  /** Other code than before may run in this home: the one whose manifest has this SHA-256, in hex. */
  | { readonly do: 'code.accept'; readonly digest: string }

const someText = text('must be a text', () => true)
const signatures: Shape<readonly CanonSignature[]> = list(
  object<CanonSignature>({ publicKey: someText, signature: someText }),
  limits.canonItems,
)

/** How these orders look. */
export const canonOrders: Cases<CanonAction, 'do'> = {
  'canon.amend': { canon: aCanon, signatures },
  'code.accept': { digest: aDigest },
}

/** Keyholders' signatures from untrusted JSON. Whether they verify is another question. */
export function parseSignatures(value: Json | undefined): Result<readonly CanonSignature[], string> {
  return parse(signatures, value, 'The list of signatures')
}
