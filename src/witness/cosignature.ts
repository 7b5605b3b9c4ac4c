/**
 * C2SP tlog-cosignature, version 1 (Ed25519): a witness's word that at this time the tree head was the newest one it
 * had seen of that log, and that it continues every earlier one. The time is the witness's own clock: whoever trusts
 * the witness has a trusted timestamp for every event that the tree head covers.
 */
import type { NoteKey, SignedNote, VerificationPorts } from '../ledger/evidence/note.ts'
import { signatureLine, signaturesBy, textBytes } from '../ledger/evidence/note.ts'
import type { HashFunction } from '../ledger/evidence/merkle.ts'

/** The bytes that a witness signs: `text` is that of the tree head, `time` in seconds since 1970. */
export function cosignedMessage(text: string, time: number): Uint8Array {
  return textBytes(`cosignature/v1\ntime ${time}\n${text}`)
}

/** The line that a witness writes under a tree head. `sign` returns 64 bytes. */
export function cosign(
  hash: HashFunction,
  key: NoteKey,
  sign: (message: Uint8Array) => Uint8Array,
  text: string,
  time: number,
): string {
  const bytes = new Uint8Array(72)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(time))
  bytes.set(sign(cosignedMessage(text, time)), 8)
  return signatureLine(hash, key, bytes)
}

/** When `witness` cosigned the note, in seconds since 1970, or null when it did not, or one line of its is wrong. */
export function cosignedAt(ports: VerificationPorts, note: SignedNote, witness: NoteKey): number | null {
  const claimed = signaturesBy(ports.hash, note, witness)
  if (witness.type !== 4 || claimed.length === 0) return null
  const times = claimed.map(({ bytes }) => {
    if (bytes.length !== 72) return Number.NaN
    const time = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0))
    if (!Number.isSafeInteger(time)) return Number.NaN
    const isSound = ports.verify(witness.publicKey, cosignedMessage(note.text, time), bytes.subarray(8))
    return isSound ? time : Number.NaN
  })
  const time = Math.min(...times)
  return Number.isNaN(time) ? null : time
}
