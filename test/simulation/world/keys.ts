/**
 * Keys and seals of a simulated domain. Real cryptography is most of what a decision costs, so most seeds use
 * stand-ins with the same shape; some use the real thing, so that the joints are tried too. Checkpoints are
 * always really signed: the ledger verifies them when it opens.
 */
import type { KeyObject } from 'node:crypto'
import { createPrivateKey, hash, sign as signBytes } from 'node:crypto'
import { toBase64url } from '../../../src/base/base64url.ts'
import type { Entropy } from '../../../src/base/ports.ts'
import { publicKeyOf, sign, verify } from '../../../src/base/signature.ts'
import type { CheckpointSigner } from '../../../src/ledger/checkpoint.ts'
import type { SealedText, Vault } from '../../../src/ledger/port.ts'
import { sealedHeadBytes, writeSealedHead } from '../../../src/ledger/sealed-head.ts'
import { openVault } from '../../../src/ledger/vault.ts'

/** What a world needs of cryptography. */
export interface Keys {
  readonly vault: Vault
  readonly signer: CheckpointSigner
  readonly operatorKey: string
  /** The operator's signature over an order. */
  sign(record: string): string
  /** A public key of somebody else; the same for the same name. */
  person(name: string): string
  /** The signature of whoever holds that key. */
  signAs(publicKey: string, record: string): string
  verify(publicKey: string, record: Uint8Array, signature: string): boolean
}

const ledgerSeed = new Uint8Array(32).fill(7)
const operatorSeed = new Uint8Array(32).fill(9)
const ledgerKey = privateKeyOf(ledgerSeed)
const signer: CheckpointSigner = {
  publicKey: publicKeyOf(ledgerSeed),
  sign: (bytes) => toBase64url(signBytes(null, bytes, ledgerKey)),
}

/** The Ed25519 key of a seed of 32 bytes. */
export function privateKeyOf(seed: Uint8Array): KeyObject {
  const wrapped = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  return createPrivateKey({ key: wrapped, format: 'der', type: 'pkcs8' })
}

/** The keys of a seed: real ones in one of a hundred. */
export function keysOf(seed: number, entropy: Entropy): Keys {
  return seed % 100 === 99 ? realKeys(entropy) : standInKeys()
}

/** Ed25519, HMAC and AES. */
function realKeys(entropy: Entropy): Keys {
  return {
    // One key for all subjects: whoever judges need not know whom a payload is about.
    vault: openVault(new Uint8Array(32).fill(5), entropy, { keyOf: () => new Uint8Array(32).fill(5) }),
    signer,
    operatorKey: publicKeyOf(operatorSeed),
    sign: (record) => sign(operatorSeed, Buffer.from(record)),
    person: personNamed,
    signAs: (publicKey, record) => sign(seeds.get(publicKey) ?? operatorSeed, Buffer.from(record)),
    verify,
  }
}

/** Seeds by public key, and public keys by name: real ones, because parsers accept no other. */
const seeds = new Map<string, Uint8Array>()
const names = new Map<string, string>()

function personNamed(name: string): string {
  const known = names.get(name)
  if (known !== undefined) return known
  const seed = Buffer.from(hash('sha256', `person ${name}`, 'hex'), 'hex')
  const publicKey = publicKeyOf(seed)
  seeds.set(publicKey, seed)
  names.set(name, publicKey)
  return publicKey
}

/** One hash each. Nobody in the simulation can compute them who should not: chance draws no preimages. */
export function standInKeys(): Keys {
  const operatorKey = publicKeyOf(operatorSeed)
  // As long as a signature is: an order's proof is parsed as one.
  const signAs = (key: string, record: string): string =>
    `${hash('sha256', `${key} ${record}`, 'base64url')}${'A'.repeat(43)}`
  return {
    vault: {
      commit: (bytes) => hash('sha256', Buffer.concat([standInSalt, bytes]), 'hex'),
      seal: (texts) => texts.map(({ bytes, subject }) => standInSealed(bytes, subject ?? 0)),
      open: (sealed) => sealed.subarray(sealedHeadBytes),
    },
    signer,
    operatorKey,
    sign: (record) => signAs(operatorKey, record),
    person: personNamed,
    signAs,
    verify: (key, record, signature) => signAs(key, Buffer.from(record).toString('utf8')) === signature,
  }
}

const standInSalt = Buffer.alloc(16, 3)

/** Not sealed at all, behind a head like any other's. */
function standInSealed(bytes: Uint8Array, subject: number): SealedText {
  return {
    form: 'sealed',
    length: sealedHeadBytes + bytes.length,
    write(target, at) {
      writeSealedHead({ subject, block: 0 }, standInSalt, target, at)
      target.set(bytes, at + sealedHeadBytes)
    },
  }
}
