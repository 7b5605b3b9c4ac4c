/** What happens to the canon and to the code. Both name what holds by its digest, and who agreed by signatures. */
import type { SignedOrder } from '../event.ts'
import type { CanonDocument, CanonSignature } from './document.ts'

/** Event bodies of this folder, by kind. */
export interface CanonBodies {
  /** Enough keyholders of both sets signed the next version, and from here on it holds. */
  'canon.amended': {
    readonly version: number
    /** SHA-256 in hex of the canon's text. */
    readonly digest: string
    readonly canon: CanonDocument
    readonly signatures: readonly CanonSignature[]
    readonly signed: SignedOrder
  }
  /** A member took the canon over that its sovereign's statement names. */
  'canon.acknowledged': {
    readonly version: number
    readonly digest: string
    readonly canon: CanonDocument
  }
  /** An operator accepted other code for this home. */
  'code.accepted': {
    /** SHA-256 in hex of the code manifest. */
    readonly digest: string
    readonly signed: SignedOrder
  }
}
