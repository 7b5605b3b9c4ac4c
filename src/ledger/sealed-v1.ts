/**
 * Opens payloads that were sealed one by one, as ledgers of format version 1 hold them: AES-256-GCM under a key
 * of each opening of the vault. Nothing is sealed like this any more.
 */
import { createDecipheriv } from 'node:crypto'
import type { SubjectSecrets } from './subject-secrets.ts'

const headBytes = 20
const nonceBytes = 12
const tagBytes = 16
const overheadBytes: number = headBytes + nonceBytes + tagBytes

/** The plaintext, or null when `secrets` do not open it. */
export function openSealedV1(sealed: Uint8Array, secrets: SubjectSecrets): Uint8Array | null {
  if (sealed.length < overheadBytes) return null
  const head = sealed.subarray(0, headBytes)
  if (!head.subarray(0, 4).every((byte) => byte === 0)) return null
  const nonce = sealed.subarray(headBytes, headBytes + nonceBytes)
  const tagAt = sealed.length - tagBytes
  const key = secrets.sealingKey(head)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
  decipher.setAAD(head).setAuthTag(sealed.subarray(tagAt))
  try {
    const bytes = decipher.update(sealed.subarray(headBytes + nonceBytes, tagAt))
    decipher.final()
    return bytes
  } catch {
    return null
  }
}
