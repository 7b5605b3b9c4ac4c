/**
 * The file that an amendment travels in until it is enacted: the next canon and the signatures it has so far. It
 * holds no secret and gives no authority, so keyholders send it to each other as they like.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { parseCanon } from '../kernel/canon/parse-canon.ts'
import { countSigners, keyholdersInForce } from '../kernel/canon/quorum.ts'
import type { State } from '../kernel/state.ts'
import type { SignedCanon } from '../seal/canon-file.ts'
import { canonFileText, parseCanonFile, readPlainJson } from '../seal/canon-file.ts'
import { endorsementsOf } from '../seal/canon-history.ts'
import { isJsonObject } from '../base/json.ts'
import { showCanon } from './canon-rendering.ts'
import { visible } from './escape.ts'
import { usageFailure } from './exit.ts'

/** A canon as somebody wrote it, made the next version of what is in force in `state`. */
export function draftFrom(file: string, state: State): SignedCanon {
  const value = readPlainJson(readText(file))
  if (!isJsonObject(value)) throw usageFailure(`${visible(file)} is not JSON that everybody reads alike`)
  const version = (state.domain?.canonVersion ?? 0) + 1
  const canon = parseCanon({ ...value, version, previous: state.domain?.canonDigest ?? null })
  if (canon.ok) return { canon: canon.value, signatures: [] }
  throw usageFailure(
    `${visible(file)} cannot be a canon: ${visible(canon.error)}`,
    'see docs/canon.md for its form',
  )
}

/** An amendment as `propose` wrote it. */
export function readDraft(file: string): SignedCanon {
  const draft = parseCanonFile(Buffer.from(readText(file).replace(/\n$/u, '')), visible(file))
  if (draft.ok) return draft.value
  throw usageFailure(draft.error, 'make one with: custos canon propose')
}

/** Writes an amendment; a new one never over another file. */
export function writeDraft(file: string, draft: SignedCanon, isNew: boolean): void {
  if (isNew && existsSync(file))
    throw usageFailure(`${visible(file)} exists already`, 'choose another --out FILE')
  writeFileSync(file, `${canonFileText(draft)}\n`)
}

/** What an amendment changes, line by line. */
export function showAmendment(draft: SignedCanon, state: State): readonly string[] {
  const before = state.domain?.canon
  const then = new Set(before === undefined ? [] : showCanon(before))
  const now = showCanon(draft.canon)
  const gone = [...then].filter((line) => line !== '' && !now.includes(line))
  const come = now.filter((line) => line !== '' && !then.has(line))
  return [...gone.map((line) => `- ${line}`), ...come.map((line) => `+ ${line}`)]
}

/** How far an amendment is from being one, in a line for each set. Signatures that do not verify count nothing. */
export function showProgress(
  { canon, signatures }: SignedCanon,
  state: State,
  now: number,
): readonly string[] {
  const verdicts = endorsementsOf(canon, signatures)
  const signers = new Set(signatures.filter((_one, at) => verdicts[at]).map(({ publicKey }) => publicKey))
  const sets = [
    ['in force', keyholdersInForce(state)],
    ['to come', canon],
  ] as const
  return sets.map(
    ([name, set]) =>
      `${countSigners(state, set, signers, now)} of the ${set.threshold} signatures needed from the keyholders ${name}`,
  )
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (problem) {
    throw usageFailure(
      `cannot read ${visible(file)}: ${problem instanceof Error ? problem.message : String(problem)}`,
    )
  }
}
