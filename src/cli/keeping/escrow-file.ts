/**
 * An escrow: the keys that open payloads, sealed under a recovery code, in a file that is kept apart from backups.
 * What is in it stands in the clear before the keys and is bound to them, so that a file can be told from another
 * years later without opening it, and cannot be passed off as that of another ledger. The key that signs the ledger
 * is never in one: whoever opens an escrow reads, and can write nobody's history.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { fromBase64url, toBase64url } from '../../base/base64url.ts'
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { Shape } from '../../base/shape.ts'
import { list, object, oneOf, parse, text, whole } from '../../base/shape.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { limits } from '../../kernel/limits.ts'
import { isDomainName } from '../../kernel/sovereign/shape.ts'

/** What an escrow says of itself. */
export interface EscrowHead {
  /** The domain whose payloads the keys open. */
  readonly domain: string
  /** The key that event 1 of its ledger names: which ledger that is. */
  readonly ledgerKey: string
  /** When it was made, in milliseconds since 1970. */
  readonly madeAt: number
  /** Whose keys are in it beside the domain's, ascending. */
  readonly subjects: readonly number[]
}

/** An escrow as it is stored: `sealed` is AES-256-GCM of the keys, the domain's first, and the tag. */
interface EscrowFile extends EscrowHead {
  readonly custosEscrow: 1
  /** 16 random bytes; with the code they give the key, which is used once. */
  readonly salt: string
  readonly sealed: string
}

/** An escrow that was read and not opened. */
export interface ClosedEscrow {
  readonly head: EscrowHead
  /** SHA-256 of the file, as the ledger records it. */
  readonly digest: string
  /** The keys in the order of the head, the domain's first; null when the code is another one's, or the file was changed. */
  open(secret: Uint8Array): readonly Uint8Array[] | null
}

/** The most bytes that an escrow has: more are not read. */
export const escrowBytesLimit = 1_048_576

const keyBytes = 32
const tagBytes = 16
const nonce = new Uint8Array(12)
const parsing = { maxBytes: escrowBytesLimit, maxDepth: 2, maxValues: limits.subjectsInEscrow + 16 }
const anything = text('must be a text', () => true)

const anEscrow: Shape<EscrowFile> = object({
  custosEscrow: oneOf([1] as const),
  domain: text('must be a domain', isDomainName),
  ledgerKey: anything,
  madeAt: whole(0),
  subjects: list(whole(1), limits.subjectsInEscrow),
  salt: anything,
  sealed: anything,
})

/** The text of a new escrow, with its digest. `keys` are in the order of the head, the domain's first. */
export function sealEscrow(
  head: EscrowHead,
  keys: readonly Uint8Array[],
  secret: Uint8Array,
): { readonly text: string; readonly digest: string } {
  const salted = { custosEscrow: 1, ...head, salt: toBase64url(randomBytes(16)) } as const
  const cipher = createCipheriv('aes-256-gcm', keyOf(secret, salted.salt), nonce)
  cipher.setAAD(Buffer.from(canonicalJson(salted)))
  const bytes = Buffer.concat([...keys.map((key) => cipher.update(key)), cipher.final(), cipher.getAuthTag()])
  const file = `${canonicalJson({ ...salted, sealed: toBase64url(bytes) })}\n`
  return { text: file, digest: sha256Hex(file) }
}

/** Reads an escrow; null when these bytes are none. */
export function readEscrow(bytes: Uint8Array): ClosedEscrow | null {
  const json = parseStrictJson(Buffer.from(Buffer.from(bytes).toString('utf8').trimEnd()), parsing)
  const parsed = parse(anEscrow, json.ok ? json.value : undefined, 'An escrow')
  if (!parsed.ok) return null
  const { sealed, ...salted } = parsed.value
  const { domain, ledgerKey, madeAt, subjects } = salted
  const keysSealed = fromBase64url(sealed)
  if (keysSealed?.length !== (subjects.length + 1) * keyBytes + tagBytes) return null
  return {
    head: { domain, ledgerKey, madeAt, subjects },
    digest: sha256Hex(bytes),
    open(secret) {
      const decipher = createDecipheriv('aes-256-gcm', keyOf(secret, salted.salt), nonce)
      decipher.setAAD(Buffer.from(canonicalJson(salted))).setAuthTag(keysSealed.subarray(-tagBytes))
      try {
        const keys = decipher.update(keysSealed.subarray(0, -tagBytes))
        decipher.final()
        return [0, ...subjects].map((_, at) => keys.subarray(at * keyBytes, (at + 1) * keyBytes))
      } catch {
        return null
      }
    },
  }
}

/** A key for one file: the code is random itself, so nothing has to make guessing it slow. */
function keyOf(secret: Uint8Array, salt: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, Buffer.from(salt), 'escrow-key-v1', keyBytes))
}
