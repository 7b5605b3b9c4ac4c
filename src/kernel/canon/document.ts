/**
 * What a canon is: articles for people, rules for the gate, and who may amend both. The text of a canon is the
 * RFC 8785 form of this document; its SHA-256 names it in the ledger, and keyholders sign that text and nothing
 * else. Rules are of a closed vocabulary that is compiled in: a canon chooses among them and sets their terms.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { Json } from '../../base/json.ts'
import type { EffectClass } from '../effect.ts'

/** One article: what holds, in words that a person can hold us to. */
export interface Article {
  readonly name: string
  readonly text: string
}

/** A rule, the article that it serves, and its terms. Rules without terms are in every canon. */
export type CanonRule = { readonly article: string } & (
  | { readonly rule: FixedRule }
  /** No process calls what has one of these effects and one of these selectors; what is not said means all. */
  | {
      readonly rule: 'never'
      readonly effects?: readonly EffectClass[]
      readonly selectors?: readonly string[]
    }
  /** These orders take two operators. */
  | { readonly rule: 'four-eyes'; readonly orders: readonly string[] }
  /** Every grant ends, at most so many milliseconds after it was made. */
  | { readonly rule: 'longest-grant'; readonly lifetimeMs: number }
)

/** The rules that no amendment removes. */
export const fixedRules = ['single-gate', 'human-sovereignty', 'no-reverse-authority'] as const

/** A rule that every canon has. */
export type FixedRule = (typeof fixedRules)[number]

/** Whose signature counts when the canon is amended. */
export interface Keyholder {
  readonly name: string
  /** Ed25519 public key, raw 32 bytes, base64url. */
  readonly publicKey: string
  /** Milliseconds since the epoch, from which on the signature no longer counts. */
  readonly expiresAt?: number
}

/** One version of the canon. */
export interface CanonDocument {
  readonly version: number
  /** Digest of the version before; null for a founding canon. */
  readonly previous: string | null
  readonly articles: readonly Article[]
  readonly rules: readonly CanonRule[]
  /** Empty in a founding canon: its one keyholder is the first sovereign operator. */
  readonly keyholders: readonly Keyholder[]
  /** How many keyholders an amendment needs. */
  readonly threshold: number
}

/** A keyholder's signature under a proposed canon, over `signedBytes`. */
export interface CanonSignature {
  readonly publicKey: string
  readonly signature: string
}

/** The text of a canon: what is hashed. */
export function canonText(canon: CanonDocument): string {
  return canonicalJson(canon as unknown as Json)
}

/** SHA-256 in hex of the canon's text. */
export function digestOf(canon: CanonDocument): string {
  return sha256Hex(canonText(canon))
}

/** The bytes that a keyholder signs. The first line keeps the signature from meaning anything else. */
export function signedBytes(canon: CanonDocument): Uint8Array {
  return new TextEncoder().encode(`custos-canon-v1\n${canonText(canon)}`)
}
