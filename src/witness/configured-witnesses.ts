/**
 * Which witnesses a domain's tree heads go to, as the operator configured them on this machine, and how it stands with
 * each. Two small files; neither says what an agent may do.
 */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { sha256 } from '../base/hash.ts'
import { dirname } from 'node:path'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { NoteKey } from '../ledger/evidence/note.ts'
import { parseKey } from '../ledger/evidence/note.ts'
import { witnessUrl } from './witness-address.ts'

/** A witness to be asked. */
export interface ConfiguredWitness {
  /** Its key as one word. */
  readonly word: string
  readonly key: NoteKey
  readonly url: string
}

/** How it stands with one witness. */
export interface WitnessStanding {
  /** Last event under its newest cosignature, 0 when there is none, and when that was, in seconds since 1970. */
  readonly size: number
  readonly at: number
  /** Why the newest attempt failed, and of which sort that is; null when it did not. */
  readonly problem: { readonly code: string; readonly message: string } | null
}

/** The most witnesses of one domain. */
export const witnessLimit = 16

/** Reads a witness as it was typed or is kept. */
export function readWitness(word: string, url: string): Result<ConfiguredWitness, string> {
  const key = parseKey(sha256, word)
  if (!key.ok) return key
  if (key.value.type !== 4) return err('this is the key of a log, not of a witness')
  const address = witnessUrl(url)
  return address.ok ? ok({ word, key: key.value, url: address.value }) : address
}

/** The witnesses kept in `file`; none where there is no file. The error says what is wrong with it. */
export function readWitnesses(file: string): Result<readonly ConfiguredWitness[], string> {
  const kept = readJson(file)
  if (kept === undefined) return ok([])
  if (!Array.isArray(kept) || kept.length > witnessLimit) return err(`${file} is not a list of witnesses`)
  const witnesses: ConfiguredWitness[] = []
  for (const one of kept as unknown[]) {
    const { key, url } = (typeof one === 'object' && one !== null ? one : {}) as {
      key?: unknown
      url?: unknown
    }
    const read =
      typeof key === 'string' && typeof url === 'string'
        ? readWitness(key, url)
        : err('key or url is missing')
    if (!read.ok) return err(`${file}: ${read.error}`)
    witnesses.push(read.value)
  }
  return ok(witnesses)
}

/** Keeps the witnesses of a domain. */
export function writeWitnesses(file: string, witnesses: readonly ConfiguredWitness[]): void {
  writeJson(
    file,
    witnesses.map(({ word, url }) => ({ key: word, url })),
  )
}

/** How it stands with each witness, by its name; those that were never asked are missing. */
export function readStandings(file: string): ReadonlyMap<string, WitnessStanding> {
  const kept = readJson(file)
  const known = new Map<string, WitnessStanding>()
  if (typeof kept !== 'object' || kept === null) return known
  for (const [name, value] of Object.entries(kept)) {
    const { size, at, problem } = value as Partial<WitnessStanding>
    if (typeof size === 'number' && typeof at === 'number')
      known.set(name, { size, at, problem: problem ?? null })
  }
  return known
}

/** Keeps how it stands. */
export function writeStandings(file: string, standings: ReadonlyMap<string, WitnessStanding>): void {
  writeJson(file, Object.fromEntries(standings))
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as unknown
  } catch (problem) {
    if ((problem as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    return null
  }
}

function writeJson(file: string, value: unknown): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  writeFileSync(`${file}.tmp`, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 })
  renameSync(`${file}.tmp`, file)
}
