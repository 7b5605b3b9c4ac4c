/**
 * What stands before the ciphertext of a sealed payload: which subject's key opens it, and where in the key stream
 * of its batch it begins. Nothing of it is secret; it is part of the record, and so of the chain.
 */
import { getU64, writeU64 } from './u64.ts'
import { viewOf } from './write-buffer.ts'

/** What the sealed form adds to the length of a payload. */
export const sealedHeadBytes = 32
/** Bytes of the random salt that a batch is sealed under. */
export const saltBytes = 16
/** Unit of a place in the key stream. */
export const streamBlockBytes = 16

const form = 2
const blockAt = 4
const subjectAt = 8
const saltAt = 16

/** What a head says. */
export interface SealedHead {
  readonly subject: number
  /** Where in the key stream of batch and subject this payload begins, in blocks of 16 bytes. */
  readonly block: number
}

/** Writes the head at `at`. */
export function writeSealedHead(head: SealedHead, salt: Uint8Array, buffer: Buffer, at: number): void {
  buffer.writeUInt32LE(form, at)
  buffer.writeUInt32LE(head.block, at + blockAt)
  writeU64(buffer, head.subject, at + subjectAt)
  buffer.set(salt, at + saltAt)
}

/** Sets the block of the head at `at`. */
export function setBlock(buffer: Buffer, block: number, at: number): void {
  buffer.writeUInt32LE(block, at + blockAt)
}

/** The head of `sealed`, or null when that is sealed in another form. */
export function readSealedHead(sealed: Uint8Array): SealedHead | null {
  if (sealed.length < sealedHeadBytes) return null
  const view = viewOf(sealed)
  const subject = subjectOfSealed(view, 0)
  return subject === null ? null : { subject, block: view.getUint32(blockAt, true) }
}

/** The subject of the sealed payload at `at`, where a whole head stands, or null when it is sealed in another form. */
export function subjectOfSealed(view: DataView, at: number): number | null {
  const subject = getU64(view, at + subjectAt)
  return view.getUint32(at, true) === form && !Number.isNaN(subject) ? subject : null
}

/** Subject and salt as they stand in a head: what names the key of one batch for one subject. */
export function sealingLabel(sealed: Uint8Array): Uint8Array {
  return sealed.subarray(subjectAt, saltAt + saltBytes)
}
