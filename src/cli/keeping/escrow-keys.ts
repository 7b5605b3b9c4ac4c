/**
 * The keys of a home as an escrow takes and gives them. Taking leaves out what is being destroyed; giving writes over
 * nothing, and nothing at all where one of the keys that are there is another.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createMasterKeyFile, readMasterKeyFile } from '../../ledger/master-key-file.ts'
import { syncFolder } from '../../ledger/replace-file.ts'
import { CommandFailure, damagedFailure, exitCodes, usageFailure } from '../exit.ts'
import type { HomePaths } from '../home.ts'

/** The domain’s key. */
export function domainKeyOf({ vaultKey }: HomePaths): Uint8Array {
  const key = readMasterKeyFile(vaultKey)
  if (!key.ok) throw usageFailure(key.error.message, 'an escrow is made where the keys are')
  return key.value
}

/** The subjects that have a key here, ascending. */
export function keyedSubjects(paths: HomePaths): readonly number[] {
  const folder = subjectKeys(paths)
  if (!existsSync(folder)) return []
  const numbers = readdirSync(folder).filter((name) => /^[1-9]\d{0,14}$/u.test(name))
  return numbers
    .map(Number)
    .filter((subject) => keyOfSubject(paths, subject) !== null)
    .sort((one, other) => one - other)
}

/** A subject's key, or null where it has none: nothing was sealed for it yet, or it was erased. */
export function keyOfSubject(paths: HomePaths, subject: number): Uint8Array | null {
  const key = readMasterKeyFile(join(subjectKeys(paths), String(subject)))
  return key.ok && key.value.some((byte) => byte !== 0) ? key.value : null
}

/** A key to be put in its place; subject 0 is the domain. */
export interface GivenKey {
  readonly subject: number
  readonly key: Uint8Array
}

/** Puts keys in their places, durably, and returns how many were not there before. */
export function placeKeys(paths: HomePaths, given: readonly GivenKey[]): number {
  const missing = given.filter(({ subject, key }) => !isThere(placeOf(paths, subject), key))
  for (const folder of [
    paths.keys,
    ...(missing.some(({ subject }) => subject > 0) ? [subjectKeys(paths)] : []),
  ])
    if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 })
  for (const { subject, key } of missing) {
    const made = createMasterKeyFile(placeOf(paths, subject), { bytes: () => key })
    if (!made.ok) throw new CommandFailure(exitCodes.fault, made.error.message, 'give it again')
  }
  syncFolder(paths.keys)
  syncFolder(paths.home)
  return missing.length
}

function isThere(path: string, key: Uint8Array): boolean {
  if (!existsSync(path)) return false
  if (readFileSync(path).equals(key)) return true
  throw damagedFailure(`${path} is another key than that of the escrow`, 'nothing was changed')
}

function placeOf(paths: HomePaths, subject: number): string {
  return subject === 0 ? paths.vaultKey : join(subjectKeys(paths), String(subject))
}

function subjectKeys({ keys, domainName }: HomePaths): string {
  return join(keys, `${domainName}.subjects`)
}
