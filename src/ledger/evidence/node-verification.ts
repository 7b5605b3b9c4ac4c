/** The ports of verification under Node.js: the one hash and the one strict Ed25519 verifier of the core. */
import { toBase64url } from '../../base/base64url.ts'
import { sha256 } from '../../base/hash.ts'
import { verify } from '../../base/signature.ts'
import type { VerificationPorts } from './note.ts'

/** Verifies with what the core verifies with. */
export const nodeVerification: VerificationPorts = {
  hash: sha256,
  verify: (publicKey, message, signature) => verify(toBase64url(publicKey), message, toBase64url(signature)),
}
