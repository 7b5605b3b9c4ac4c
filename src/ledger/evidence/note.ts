/**
 * C2SP signed notes (c2sp.org/signed-note): text that people can read, and under it lines of signatures by named
 * keys. Signatures by keys that nobody asked for are ignored, as the format demands; everything else is strict.
 * Runs wherever the ports can be had, a browser included.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { fromBase64, toBase64 } from './base64.ts'
import type { HashFunction } from './merkle.ts'

/** What verification needs of the world. Neither may throw. */
export interface VerificationPorts {
  readonly hash: HashFunction
  /** Whether `signature` (64 bytes) is the Ed25519 signature of the raw 32-byte key over `message`. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean
}

/** An Ed25519 key with its name: of a log (type 1) or of a witness (type 4). */
export interface NoteKey {
  readonly name: string
  readonly type: 1 | 4
  /** 32 raw bytes. */
  readonly publicKey: Uint8Array
}

/** One line under a note. */
export interface NoteSignature {
  readonly name: string
  /** Eight hex digits that say which key of that name it claims to be by. */
  readonly keyId: string
  /** What follows the id: an Ed25519 signature, or a time and one. */
  readonly bytes: Uint8Array
  /** The whole line with its newline. */
  readonly line: string
}

/** A note, taken apart and not judged. */
export interface SignedNote {
  /** What is signed, its last newline included. */
  readonly text: string
  readonly signatures: readonly NoteSignature[]
}

/** The longest note that is read, in UTF-16 units, and the most signatures on one. */
export const noteLimits = { length: 65_536, signatures: 64 } as const

const utf8 = new TextEncoder()
const namePattern = /^[^\s+]{1,255}$/u
// oxlint-disable-next-line no-control-regex -- exactly those are forbidden in a note
const control = /[\u0000-\u0009\u000b-\u001f]/u

/** The UTF-8 bytes of what is signed or hashed. */
export function textBytes(text: string): Uint8Array {
  return utf8.encode(text)
}

/** Takes a note apart. The error says what is wrong with its form. */
export function parseNote(note: string): Result<SignedNote, string> {
  if (note.length > noteLimits.length) return err(`a note is at most ${noteLimits.length} characters long`)
  if (control.test(note) || !note.isWellFormed()) return err('a note is text without control characters')
  const split = note.lastIndexOf('\n\n')
  if (split === -1 || !note.endsWith('\n')) return err('an empty line and signatures are missing')
  const lines = note
    .slice(split + 2)
    .split('\n')
    .slice(0, -1)
  if (lines.length === 0 || lines.length > noteLimits.signatures)
    return err(`a note has 1 to ${noteLimits.signatures} signatures`)
  const signatures = lines.map(parseSignatureLine)
  const known = signatures.filter((signature) => signature !== null)
  if (known.length !== signatures.length) return err('a line is not a signature')
  return ok({ text: note.slice(0, split + 1), signatures: known })
}

/** One signature line without its newline, or null when it is none. */
export function parseSignatureLine(line: string): NoteSignature | null {
  const [dash, name = '', base64 = '', ...rest] = line.split(' ')
  const bytes = fromBase64(base64)
  if (dash !== '\u2014' || rest.length > 0 || !namePattern.test(name)) return null
  if (bytes === null || bytes.length < 5) return null
  return { name, keyId: hexOf(bytes.subarray(0, 4)), bytes: bytes.subarray(4), line: `${line}\n` }
}

/** The line that a key writes under a note. */
export function signatureLine(hash: HashFunction, key: NoteKey, bytes: Uint8Array): string {
  const id = keyIdOf(hash, key)
  const whole = Uint8Array.from([...(id.match(/../g) ?? []).map((pair) => parseInt(pair, 16)), ...bytes])
  return `\u2014 ${key.name} ${toBase64(whole)}\n`
}

/** The first four bytes of SHA-256(name, newline, type, key), in hex. */
export function keyIdOf(hash: HashFunction, { name, type, publicKey }: NoteKey): string {
  return hexOf(hash(Uint8Array.from([...textBytes(`${name}\n`), type, ...publicKey])).subarray(0, 4))
}

/** What `key` wrote under the note: its signatures, whose id says that they are meant to be by it. */
export function signaturesBy(
  hash: HashFunction,
  { signatures }: SignedNote,
  key: NoteKey,
): readonly NoteSignature[] {
  const keyId = keyIdOf(hash, key)
  return signatures.filter((signature) => signature.name === key.name && signature.keyId === keyId)
}

/** Whether a log's key signed the note. One wrong signature in its name and id is enough for a no. */
export function isSignedBy(ports: VerificationPorts, note: SignedNote, key: NoteKey): boolean {
  const claimed = signaturesBy(ports.hash, note, key)
  return (
    key.type === 1 &&
    claimed.length > 0 &&
    claimed.every(
      ({ bytes }) => bytes.length === 64 && ports.verify(key.publicKey, textBytes(note.text), bytes),
    )
  )
}

/** A key as one word, `name+id+key`, in which it is configured and passed on. */
export function formatKey(hash: HashFunction, key: NoteKey): string {
  return `${key.name}+${keyIdOf(hash, key)}+${toBase64(Uint8Array.from([key.type, ...key.publicKey]))}`
}

/** Reads a key of that form. The error says what is wrong with it. */
export function parseKey(hash: HashFunction, word: string): Result<NoteKey, string> {
  const [name = '', id = '', ...rest] = word.split('+')
  const bytes = fromBase64(rest.join('+'))
  const type = bytes?.[0]
  if (!namePattern.test(name) || bytes === null || bytes.length !== 33 || (type !== 1 && type !== 4))
    return err('a key is written NAME+ID+KEY, and is an Ed25519 key of a log or of a witness')
  const key: NoteKey = { name, type, publicKey: bytes.subarray(1) }
  return keyIdOf(hash, key) === id
    ? ok(key)
    : err('the id in this key is not that of the key: it was cut or mixed up')
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
