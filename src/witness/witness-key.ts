/**
 * The file of a witness's key: its name and the seed, in one line that only its owner can read. The memory lies beside
 * it, and both are made together: a key without its memory must not cosign.
 */
import { closeSync, fsyncSync, openSync, readFileSync, statSync, writeSync } from 'node:fs'
import { fromBase64url, toBase64url } from '../base/base64url.ts'
import { sha256 } from '../base/hash.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { generateSigningKey, publicKeyOf, sign } from '../base/signature.ts'
import { found } from '../base/fault.ts'
import type { NoteKey } from '../ledger/evidence/note.ts'
import { formatKey, parseKey } from '../ledger/evidence/note.ts'
import { createMemory } from './witness-memory.ts'

/** A witness's key, ready to be used. */
export interface WitnessKey {
  readonly key: NoteKey
  /** As logs configure it. */
  readonly word: string
  /** The 64 bytes of a signature. */
  readonly sign: (message: Uint8Array) => Uint8Array
}

const form = 'custos-witness-key-1'

/** The folder of the memory that belongs to the key in `file`. */
export function memoryOf(file: string): string {
  return `${file}.memory`
}

/** Makes a key and its memory, both new. The error says what is in the way. */
export function createWitnessKey(file: string, name: string): Result<WitnessKey, string> {
  const seed = generateSigningKey()
  const witness = witnessKey(name, seed)
  if (!parseKey(sha256, witness.word).ok) return err('a name has 1 to 255 characters, without spaces and "+"')
  try {
    const descriptor = openSync(file, 'wx', 0o600)
    writeSync(descriptor, `${form} ${name} ${toBase64url(seed)}\n`)
    fsyncSync(descriptor)
    closeSync(descriptor)
    // Last: a key that lost its memory must not get an empty one by being made once more.
    createMemory(memoryOf(file))
  } catch (problem) {
    return err(problem instanceof Error ? problem.message : String(problem))
  }
  return ok(witness)
}

/** Reads a key. Refuses a file that others can read. */
export function readWitnessKey(file: string): Result<WitnessKey, string> {
  try {
    if ((statSync(file).mode & 0o077) !== 0) return err(`others can read ${file}: run chmod 600 on it`)
    const [kind, name = '', seed = '', ...rest] = readFileSync(file, 'utf8').trimEnd().split(' ')
    const bytes = fromBase64url(seed)
    if (kind !== form || bytes?.length !== 32 || rest.length > 0)
      return err(`${file} is not the key of a witness`)
    return ok(witnessKey(name, bytes))
  } catch (problem) {
    return err(problem instanceof Error ? problem.message : String(problem))
  }
}

function witnessKey(name: string, seed: Uint8Array): WitnessKey {
  const raw = (text: string): Uint8Array => found(fromBase64url(text), 'keys and signatures are base64url')
  const key: NoteKey = { name, type: 4, publicKey: raw(publicKeyOf(seed)) }
  return { key, word: formatKey(sha256, key), sign: (message) => raw(sign(seed, message)) }
}
