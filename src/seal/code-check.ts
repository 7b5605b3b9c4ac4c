/**
 * Whether the code that is about to run is the code that this home accepted. The supervisor asks it of every file
 * before it starts anything; a kernel asks it of the trusted core, and whether the manifest is the one that its
 * ledger names. Other code needs an operator's signed order, which waits in a file because no kernel runs.
 */
import { join } from 'node:path'
import { canonicalJson } from '../base/canonical-json.ts'
import { sha256Hex } from '../base/hash.ts'
import { isJsonObject } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { SignedOrder } from '../kernel/event.ts'
import type { CodeManifest } from './code-manifest.ts'
import {
  compareCode,
  manifestDigest,
  manifestText,
  parseManifestText,
  productRoot,
  readCode,
  showDifferences,
} from './code-manifest.ts'
import { readIfThere, writeWhole } from './whole-file.ts'

/** Where a home keeps the manifest of the code that it accepted, and an order that waits to accept other code. */
export function codePaths(home: string): { readonly manifest: string; readonly acceptance: string } {
  const folder = join(home, 'supervisor')
  return { manifest: join(folder, 'code-manifest.json'), acceptance: join(folder, 'code-acceptance.json') }
}

/** A signed order to accept the code of one manifest. Nothing has been verified of it. */
export interface CodeAcceptance {
  readonly digest: string
  readonly signed: SignedOrder
}

/** The order that waits, or null when there is none that can be read. */
export function readAcceptance(home: string): CodeAcceptance | null {
  const bytes = readIfThere(codePaths(home).acceptance)
  const parsed = bytes === null ? null : parseStrictJson(bytes)
  const value = parsed?.ok === true && isJsonObject(parsed.value) ? parsed.value : {}
  const { digest, record, signature } = value
  if (typeof digest !== 'string' || typeof record !== 'string' || typeof signature !== 'string') return null
  return { digest, signed: { record, signature } }
}

/** Leaves an order for the next start. */
export function writeAcceptance(home: string, { digest, signed }: CodeAcceptance): void {
  const { record, signature } = signed
  writeWhole(codePaths(home).acceptance, canonicalJson({ digest, record, signature }))
}

/** Keeps the manifest of accepted code. */
export function writeManifest(home: string, manifest: CodeManifest): void {
  writeWhole(codePaths(home).manifest, manifestText(manifest))
}

/** Before anything starts: every file. A home without a manifest gets one; its ledger says whether it counts. */
export function checkAllCode(home: string, root: string = productRoot): Result<null, string> {
  const present = readCode('all', root)
  const bytes = readIfThere(codePaths(home).manifest)
  if (bytes === null) {
    writeManifest(home, present)
    return ok(null)
  }
  if (Buffer.from(manifestText(present)).equals(bytes)) return ok(null)
  // Whether an operator signed it is for the kernel to say, which knows the operators.
  if (readAcceptance(home)?.digest === manifestDigest(present)) return ok(null)
  const recorded = parseManifestText(bytes)
  return err(
    notAccepted(recorded.ok ? showDifferences(compareCode(recorded.value, present, 'all')) : recorded.error),
  )
}

/** What a kernel makes of the code that it is part of. */
export type CodeVerdict =
  /** It may run; `digest` is that of the manifest, null in a home that has none. */
  | { readonly is: 'accepted'; readonly digest: string | null }
  /** It may run once the order is recorded; then `manifest` is to be kept. */
  | { readonly is: 'waiting'; readonly order: CodeAcceptance; readonly manifest: CodeManifest }

/**
 * Judges the trusted core. `named` is the digest that the ledger names: null where it names none, as of a member
 * or a ledger that is about to begin.
 */
export function judgeCode(
  home: string,
  named: string | null,
  root: string = productRoot,
): Result<CodeVerdict, string> {
  const bytes = readIfThere(codePaths(home).manifest)
  const digest = bytes === null ? null : sha256Hex(bytes)
  const order = readAcceptance(home)
  if (order !== null && order.digest !== (named ?? digest)) {
    const manifest = readCode('all', root)
    if (manifestDigest(manifest) === order.digest) return ok({ is: 'waiting', order, manifest })
  }
  if (named !== null && digest !== named) return judgeAnew(home, named, bytes, root)
  if (bytes === null) return ok({ is: 'accepted', digest })
  const recorded = parseManifestText(bytes)
  if (!recorded.ok) return err(notAccepted(recorded.error))
  const differences = compareCode(recorded.value, readCode('core', root), 'core')
  return differences.length === 0
    ? ok({ is: 'accepted', digest })
    : err(notAccepted(showDifferences(differences)))
}

/** The manifest is not the one that the ledger names: a crash left it behind, or somebody wrote it. */
function judgeAnew(
  home: string,
  named: string,
  bytes: Uint8Array | null,
  root: string,
): Result<CodeVerdict, string> {
  const present = readCode('all', root)
  if (manifestDigest(present) === named) {
    writeManifest(home, present)
    return ok({ is: 'accepted', digest: named })
  }
  const recorded = bytes === null ? err('the code manifest is missing') : parseManifestText(bytes)
  const differences = recorded.ok ? compareCode(recorded.value, present, 'all') : []
  const what =
    differences.length > 0
      ? showDifferences(differences)
      : recorded.ok
        ? 'the code manifest is another than the ledger names'
        : recorded.error
  return err(notAccepted(what))
}

/** The sentence that a start is refused with. */
function notAccepted(what: string): string {
  return `this is not the code that this home accepted: ${what}. If it should be, an operator accepts it with: custos upgrade`
}
