/** Orders about the canon and the code, and the parser of what they say. */
import type { JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { CanonDocument, CanonSignature } from './document.ts'
import { parseCanon } from './parse-canon.ts'
import { parseEach, whyMembers } from './shape.ts'

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

const hex64 = /^[0-9a-f]{64}$/u

/** The order, or a sentence saying what is wrong with it; null when it is none of these. */
export function parseCanonAction(command: JsonObject): Result<CanonAction, string> | null {
  switch (command['do']) {
    case 'canon.amend':
      return parseAmend(command)
    case 'code.accept': {
      const { digest } = command
      const wrong = whyMembers(command, ['digest', 'do'])
      if (wrong !== null) return err(wrong)
      return typeof digest === 'string' && hex64.test(digest)
        ? ok({ do: 'code.accept', digest })
        : err('`digest` must be SHA-256 in hex.')
    }
    default:
      return null
  }
}

function parseAmend(command: JsonObject): Result<CanonAction, string> {
  const wrong = whyMembers(command, ['canon', 'do', 'signatures'])
  if (wrong !== null) return err(wrong)
  const canon = parseCanon(command['canon'] ?? null)
  if (!canon.ok) return canon
  const signatures = parseSignatures(command['signatures'])
  return signatures.ok
    ? ok({ do: 'canon.amend', canon: canon.value, signatures: signatures.value })
    : signatures
}

/** Keyholders' signatures from untrusted JSON. Whether they verify is another question. */
export function parseSignatures(
  value: Parameters<typeof parseEach>[0],
): Result<readonly CanonSignature[], string> {
  return parseEach(value, (item) => {
    if (!isJsonObject(item) || whyMembers(item, ['publicKey', 'signature']) !== null)
      return err('Each signature is {publicKey, signature}.')
    const { publicKey, signature } = item
    return typeof publicKey === 'string' && typeof signature === 'string'
      ? ok({ publicKey, signature })
      : err('Each signature is {publicKey, signature}, both text.')
  })
}
