/**
 * Whether canon and code are what the ledger says: the checks that every start makes, without starting anything. What
 * `custos canon verify` prints and `custos doctor` looks at.
 */
import { sha256Hex } from '../base/hash.ts'
import { canonFileText, canonPath, readFoundingCanon } from '../seal/canon-file.ts'
import { codePaths } from '../seal/code-check.ts'
import {
  compareCode,
  manifestDigest,
  parseManifestText,
  readCode,
  showDifferences,
} from '../seal/code-manifest.ts'
import { readIfThere } from '../seal/whole-file.ts'
import type { GoverningState } from './governing-state.ts'

/** One thing that was looked at: the problem with it, or null. */
export interface CanonCheck {
  readonly what: string
  readonly problem: string | null
}

/** Looks at the founding canon, the canon in the ledger, the home’s copy of it, and every file of the code. */
export function canonChecks(governed: GoverningState): readonly CanonCheck[] {
  const founding = readFoundingCanon()
  return [
    { what: 'the canon that comes with this code', problem: founding.ok ? null : founding.error },
    { what: 'the canon in the ledger, signature by signature', problem: governed.problem },
    { what: 'the home’s copy of it', problem: whyNotKept(governed) },
    { what: 'the code, file by file', problem: whyOtherCode(governed) },
  ]
}

function whyNotKept({ paths, state, signatures }: GoverningState): string | null {
  const { canon, canonVersion } = state.domain
  if (canon === undefined) return null
  const path = canonPath(paths.home, canonVersion)
  const bytes = readIfThere(path)
  if (bytes === null) return `${path} is missing; the next start writes it again`
  return Buffer.from(canonFileText({ canon, signatures })).equals(bytes)
    ? null
    : `${path} is not what the ledger says`
}

function whyOtherCode({ paths, state }: GoverningState): string | null {
  const { codeDigest } = state.domain
  if (codeDigest === undefined) return 'the ledger names no code yet: custos upgrade'
  const present = readCode('all')
  if (manifestDigest(present) === codeDigest) return whyOtherManifest(paths.home, codeDigest)
  const bytes = readIfThere(codePaths(paths.home).manifest)
  const recorded = bytes === null ? null : parseManifestText(bytes)
  if (recorded === null) return 'it is not what the ledger names, and the code manifest is missing'
  return recorded.ok ? showDifferences(compareCode(recorded.value, present, 'all')) : recorded.error
}

function whyOtherManifest(home: string, codeDigest: string): string | null {
  const bytes = readIfThere(codePaths(home).manifest)
  return bytes === null || sha256Hex(bytes) === codeDigest
    ? null
    : 'the code manifest is not the one that the ledger names'
}
