/**
 * Seals payloads and commits to them, each under the key of the subject that it is about. All payloads of a batch
 * are sealed at once: AES-256-CTR under a key that only this batch and subject have, each at its own place in the
 * key stream. That a payload is what was sealed, its keyed commitment says, and the chain holds both. Losing a key
 * loses the payloads of its subject and nothing else: chain, proofs and replay never need one.
 */
import { invariant } from '../base/fault.ts'
import type { Entropy } from '../base/ports.ts'
import type { Plaintext, SealedText, Vault } from './port.ts'
import { readSealedHead, saltBytes, sealedHeadBytes, sealingLabel, streamBlockBytes } from './sealed-head.ts'
import { openSealedV1 } from './sealed-v1.ts'
import { SealingLot } from './sealing-lot.ts'
import type { SubjectKeys } from './subject-keys.ts'
import { domainSubject } from './subject-keys.ts'
import { SubjectSecrets, subjectKeyBytes } from './subject-secrets.ts'

/** Length of a domain's master key. */
export const masterKeyBytes: number = subjectKeyBytes

/** A vault that can be told that a key was destroyed. */
export interface KeyedVault extends Vault {
  /** Overwrites all that was derived from the subject's key, and asks for that key anew when it is next needed. */
  forget(subject: number): void
}

/** A vault over `masterKey`, which is the domain's and of which it keeps only what it derives. */
export function openVault(masterKey: Uint8Array, entropy: Entropy, subjects?: SubjectKeys): KeyedVault {
  return new SubjectVault(masterKey, entropy, subjects ?? { keyOf: () => null })
}

const subjectsRemembered = 1024
const stagingBytes = 1024 * 1024

class SubjectVault implements KeyedVault {
  readonly #entropy: Entropy
  readonly #subjects: SubjectKeys
  readonly #domain: SubjectSecrets
  /** What still arrives for a subject whose key was destroyed is sealed under a key that is kept nowhere. */
  readonly #nobody: SubjectSecrets
  readonly #known = new Map<number, SubjectSecrets>()
  readonly #staging = Buffer.alloc(stagingBytes)

  constructor(masterKey: Uint8Array, entropy: Entropy, subjects: SubjectKeys) {
    this.#domain = new SubjectSecrets(masterKey)
    this.#nobody = new SubjectSecrets(entropy.bytes(subjectKeyBytes))
    this.#entropy = entropy
    this.#subjects = subjects
  }

  commit(bytes: Uint8Array, subject: number = domainSubject): string {
    return (this.#secretsOf(subject) ?? this.#nobody).commit(bytes)
  }

  seal(texts: readonly Plaintext[]): readonly SealedText[] {
    const salt = this.#entropy.bytes(saltBytes)
    const lots = new Map<number, SealingLot>()
    let lot: SealingLot | undefined
    const sealed = texts.map(({ bytes, subject = domainSubject }) => {
      if (lot?.subject !== subject) lot = lots.get(subject) ?? newLot(lots, subject, salt)
      return lot.take(bytes)
    })
    for (const one of lots.values()) {
      const staging = one.bytes <= stagingBytes ? this.#staging : Buffer.alloc(one.bytes)
      one.seal(this.#secretsOf(one.subject) ?? this.#nobody, staging)
      if (staging !== this.#staging) staging.fill(0)
    }
    return sealed
  }

  open(sealed: Uint8Array, commitment: string): Uint8Array | null {
    const head = readSealedHead(sealed)
    const secrets = this.#secretsOf(head?.subject ?? domainSubject)
    if (secrets === null) return null
    const bytes = head === null ? openSealedV1(sealed, secrets) : openStream(sealed, head.block, secrets)
    return bytes !== null && secrets.commit(bytes) === commitment ? bytes : null
  }

  forget(subject: number): void {
    invariant(subject !== domainSubject, 'the key of the domain is never destroyed while it is open')
    this.#known.get(subject)?.wipe()
    this.#known.delete(subject)
    this.#staging.fill(0)
  }

  #secretsOf(subject: number): SubjectSecrets | null {
    if (subject === domainSubject) return this.#domain
    const known = this.#known.get(subject)
    if (known !== undefined) return known
    const key = this.#subjects.keyOf(subject)
    if (key === null) return null
    if (this.#known.size === subjectsRemembered) this.#forgetAll()
    const secrets = new SubjectSecrets(key)
    this.#known.set(subject, secrets)
    return secrets
  }

  #forgetAll(): void {
    for (const secrets of this.#known.values()) secrets.wipe()
    this.#known.clear()
  }
}

function newLot(lots: Map<number, SealingLot>, subject: number, salt: Uint8Array): SealingLot {
  const lot = new SealingLot(subject, salt)
  lots.set(subject, lot)
  return lot
}

function openStream(sealed: Uint8Array, block: number, secrets: SubjectSecrets): Uint8Array {
  const counter = Buffer.alloc(streamBlockBytes)
  counter.writeUInt32BE(block, streamBlockBytes - 4)
  return secrets.stream(sealingLabel(sealed), counter, sealed.subarray(sealedHeadBytes))
}
