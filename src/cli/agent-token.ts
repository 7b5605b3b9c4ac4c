/** The tokens that agents and runs attach with. */
import { randomBytes } from 'node:crypto'
import { toBase64url } from '../base/base64url.ts'

/** A fresh 256-bit attachment token. */
export function newToken(): string {
  return `custos_${toBase64url(randomBytes(32))}`
}
