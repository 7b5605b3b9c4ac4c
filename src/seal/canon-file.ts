/**
 * Canons as files. The one that new homes begin with comes with the code and is sealed in it by digest; the ones
 * that a home has had lie in its folder `canon`, with the signatures that put them in force, for people to read
 * and for member kernels to take over. The ledger is what decides: a file that says something else stops a start.
 */
import { join } from 'node:path'
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { parseSignatures } from '../kernel/canon/action.ts'
import type { CanonDocument, CanonSignature } from '../kernel/canon/document.ts'
import { digestOf } from '../kernel/canon/document.ts'
import { foundingDigest } from '../kernel/canon/first-edition.ts'
import { parseCanon } from '../kernel/canon/parse-canon.ts'
import { productRoot } from './code-manifest.ts'
import { readIfThere, writeWhole } from './whole-file.ts'

/** A canon with the keyholders' signatures under it; a founding canon has none. */
export interface SignedCanon {
  readonly canon: CanonDocument
  readonly signatures: readonly CanonSignature[]
}

/** The canon that comes with this code, or a sentence saying that it is not the one that the code was built with. */
export function readFoundingCanon(root: string = productRoot): Result<CanonDocument, string> {
  const path = join(root, 'canon', 'canon.json')
  const bytes = readIfThere(path)
  return bytes === null ? err(`${path} is missing`) : parseFoundingCanon(bytes, path)
}

/** What the file of `readFoundingCanon` says; `path` is for the error. */
export function parseFoundingCanon(bytes: Uint8Array, path: string): Result<CanonDocument, string> {
  const text = Buffer.from(bytes).toString('utf8')
  const value = readPlainJson(text)
  // Laid out for people, and in one way only, so that every byte counts.
  const isWhole = value !== undefined && `${JSON.stringify(value, null, 2)}\n` === text
  const canon = isWhole ? parseCanon(value) : err('it is not laid out as it was written')
  if (!canon.ok) return err(`${path} is not the canon of this build: ${canon.error}`)
  if (digestOf(canon.value) === foundingDigest) return canon
  return err(`${path} is not the canon of this build: its digest is ${digestOf(canon.value)}`)
}

/** JSON as people lay it out; undefined when it is none, or would be read differently by different readers. */
export function readPlainJson(text: string): Json | undefined {
  try {
    const parsed = parseStrictJson(Buffer.from(JSON.stringify(JSON.parse(text))))
    return parsed.ok ? parsed.value : undefined
  } catch {
    return undefined
  }
}

/** Where a home keeps a version of its canon. */
export function canonPath(home: string, version: number): string {
  return join(home, 'canon', `${version}.json`)
}

/** The text of such a file. */
export function canonFileText({ canon, signatures }: SignedCanon): string {
  return canonicalJson({ canon, signatures } as unknown as Json)
}

/** Keeps a canon in its home. */
export function writeCanonFile(home: string, signed: SignedCanon): void {
  writeWhole(canonPath(home, signed.canon.version), canonFileText(signed))
}

/** A version of the canon as the home keeps it, or why it cannot be had. It proves nothing by itself. */
export function readCanonFile(home: string, version: number): Result<SignedCanon, string> {
  const path = canonPath(home, version)
  const bytes = readIfThere(path)
  if (bytes === null) return err(`${path} is missing`)
  return parseCanonFile(bytes, path)
}

/** What a file of `readCanonFile` says; `path` is for the error. Only the canonical text is accepted. */
export function parseCanonFile(bytes: Uint8Array, path: string): Result<SignedCanon, string> {
  const parsed = parseStrictJson(bytes)
  const value = parsed.ok && isJsonObject(parsed.value) ? parsed.value : {}
  const canon = parseCanon(value['canon'] ?? null)
  const signatures = parseSignatures(value['signatures'])
  if (!canon.ok || !signatures.ok) return err(`${path} is not a canon`)
  const signed = { canon: canon.value, signatures: signatures.value }
  return Buffer.from(canonFileText(signed)).equals(bytes)
    ? ok(signed)
    : err(`${path} is not what was written`)
}
