/**
 * The keys of a domain's subjects: one file of 32 random bytes each, beside the domain's other keys and never in a
 * backup. A key is durable before anything is sealed under it. Destroying one overwrites the file, makes that
 * durable, and removes it: what was sealed under it stays where it is, in every copy there ever was, and says
 * nothing any more. On a disk that writes elsewhere (copy on write, wear levelling) the old bytes may outlive the
 * overwriting until the disk reuses them; there the disk itself must be encrypted.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import type { Entropy } from '../../base/ports.ts'
import { createMasterKeyFile } from '../master-key-file.ts'
import type { SubjectKeys } from '../subject-keys.ts'
import { secretBytes, subjectKeyBytes } from '../subject-secrets.ts'
import { syncFolder } from '../replace-file.ts'

/** The keys of subjects, by their numbers. One is made where a living subject has none. */
export interface SubjectKeyFolder extends SubjectKeys {
  /** Destroys the key, in memory and on the disk, or says why that failed. Destroying it again succeeds. */
  destroy(subject: number): string | null
}

/**
 * The folder as its writer has it. `isLiving` says for which subjects a missing key may be made. Throws a Fault
 * where a living subject's key cannot be read or made: nothing may be sealed for it then.
 */
export function openSubjectKeys(
  folder: string,
  isLiving: (subject: number) => boolean,
  entropy: Entropy,
): SubjectKeyFolder {
  const known = new Map<number, Uint8Array>()
  return {
    keyOf(subject) {
      const held = known.get(subject)
      if (held !== undefined) return held
      const key = isLiving(subject) ? livingKey(folder, subject, entropy) : storedKey(folder, subject)
      if (key !== null) known.set(subject, key)
      return key
    },
    destroy(subject) {
      known.get(subject)?.fill(0)
      known.delete(subject)
      return destroyKeyFile(keyPath(folder, subject))
    },
  }
}

/** The folder as a reader has it: what is there, and nothing is ever made. */
export function readSubjectKeys(folder: string): SubjectKeys {
  return { keyOf: (subject) => storedKey(folder, subject) }
}

function keyPath(folder: string, subject: number): string {
  return join(folder, String(subject))
}

function livingKey(folder: string, subject: number, entropy: Entropy): Uint8Array {
  const path = keyPath(folder, subject)
  if (!existsSync(folder)) {
    mkdirSync(folder, { mode: 0o700 })
    syncFolder(dirname(folder))
  }
  if (existsSync(path)) {
    const key = readKey(path)
    if (key !== null) return key
    throw new Fault(`${path} is not the key of subject ${subject}: restore it from where you keep keys`)
  }
  const made = createMasterKeyFile(path, entropy)
  if (!made.ok) throw new Fault(`the key of subject ${subject} cannot be made: ${made.error.message}`)
  return made.value
}

function storedKey(folder: string, subject: number): Uint8Array | null {
  const path = keyPath(folder, subject)
  return existsSync(path) ? readKey(path) : null
}

/** Null where it is not exactly a key; one of zeros is one whose destruction was interrupted. */
function readKey(path: string): Uint8Array | null {
  const key = secretBytes(subjectKeyBytes)
  const file = openSync(path, 'r')
  const isWhole = fstatSync(file).size === subjectKeyBytes && readSync(file, key) === subjectKeyBytes
  closeSync(file)
  return isWhole && key.some((byte) => byte !== 0) ? key : null
}

function destroyKeyFile(path: string): string | null {
  try {
    // A crash while the key was made may have left it under its first name too.
    for (const name of [path, `${path}.tmp`]) {
      if (!existsSync(name)) continue
      const file = openSync(name, 'r+')
      writeSync(file, new Uint8Array(subjectKeyBytes))
      fsyncSync(file)
      closeSync(file)
      unlinkSync(name)
    }
    if (existsSync(dirname(path))) syncFolder(dirname(path))
    return null
  } catch (error) {
    return `${path}: ${(error as Error).message}`
  }
}
