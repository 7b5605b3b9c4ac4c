/**
 * A signed checkpoint: one line of text per fact in the form of a C2SP signed note, so that it can be
 * printed, mailed, kept on paper and checked by anyone who has the key. It states the chain value after one
 * event, and through the chain everything before it. It is not a Merkle tree head.
 */
import { fromBase64url, toBase64url } from '../base/base64url.ts'
import { invariant } from '../base/fault.ts'
import { sha256 } from '../base/hash.ts'
import { id } from '../base/ids.ts'
import type { Instant } from '../base/ids.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { verify } from '../base/signature.ts'
import { isDomainName } from './segment-header.ts'

/** What a checkpoint states. */
export interface Checkpoint {
  readonly domain: string
  /** Last event it covers; the end of a batch. */
  readonly seq: number
  /** Chain value after that event, SHA-256 in hex. */
  readonly hash: string
  /** 1 for the first checkpoint of a ledger; one more for each. */
  readonly number: number
  /** Digest of the kernel's state after that event, as the machine gave it. */
  readonly stateRoot: string
  readonly at: Instant
}

/** Signs checkpoints: the domain's ledger key. */
export interface CheckpointSigner {
  /** Ed25519 public key, base64url; the `ledgerKey` of event 1. */
  readonly publicKey: string
  /** Signature over `bytes`, base64url. */
  sign(bytes: Uint8Array): string
}

const origin = 'custos/'
const dash = '\u2014'
const stateRootPattern = /^[A-Za-z0-9._-]{1,128}$/

/** The signed text of `checkpoint`. */
export function signCheckpoint(checkpoint: Checkpoint, signer: CheckpointSigner): string {
  invariant(isDomainName(checkpoint.domain), 'the domain cannot name a ledger')
  invariant(
    stateRootPattern.test(checkpoint.stateRoot),
    'a state root is 1 to 128 characters of A-Z a-z 0-9 . _ -',
  )
  const text = unsignedText(checkpoint)
  const signature = fromBase64url(signer.sign(Buffer.from(text)))
  invariant(signature !== null && signature.length === 64, 'a signature is 64 bytes')
  const blob = Buffer.concat([keyHash(checkpoint.domain, signer.publicKey), signature])
  return `${text}\n${dash} ${origin}${checkpoint.domain} ${blob.toString('base64')}\n`
}

function unsignedText(checkpoint: Checkpoint): string {
  const lines = [
    origin + checkpoint.domain,
    String(checkpoint.seq),
    Buffer.from(checkpoint.hash, 'hex').toString('base64'),
    `checkpoint ${checkpoint.number}`,
    `state ${checkpoint.stateRoot}`,
    `time ${checkpoint.at}`,
  ]
  return lines.join('\n') + '\n'
}

/** First four bytes of SHA-256(name, newline, 0x01, public key), as signed notes identify keys. */
function keyHash(domain: string, publicKey: string): Uint8Array {
  const key = fromBase64url(publicKey)
  invariant(key !== null, 'a public key is base64url')
  return sha256(Buffer.concat([Buffer.from(`${origin}${domain}\n\u0001`), key])).subarray(0, 4)
}

const pattern =
  /^custos\/([a-z0-9.-]+)\n([1-9][0-9]*)\n([A-Za-z0-9+/]{43}=)\ncheckpoint ([1-9][0-9]*)\nstate ([A-Za-z0-9._-]{1,128})\ntime (0|[1-9][0-9]*)\n\n\u2014 custos\/([a-z0-9.-]+) ([A-Za-z0-9+/]{91}=)\n$/

/** Reads a checkpoint without judging its signature. The error says what is wrong with the text. */
export function parseCheckpoint(text: string): Result<Checkpoint, string> {
  const match = pattern.exec(text)
  if (match === null) return err('this is not the text of a checkpoint')
  const [, domain = '', seq, hash = '', number, stateRoot = '', at] = match
  const numbers = [Number(seq), Number(number), Number(at)]
  if (!isDomainName(domain) || domain !== match[7]) return err('the origin of the checkpoint is not a domain')
  if (!numbers.every(Number.isSafeInteger)) return err('a number in the checkpoint is too large')
  if (!isCanonicalBase64(hash) || !isCanonicalBase64(match[8] ?? '')) return err('base64 with stray bits')
  return ok({
    domain,
    seq: Number(seq),
    hash: Buffer.from(hash, 'base64').toString('hex'),
    number: Number(number),
    stateRoot,
    at: id<Instant>(Number(at)),
  })
}

function isCanonicalBase64(text: string): boolean {
  return Buffer.from(text, 'base64').toString('base64') === text
}

/** Reads a checkpoint and checks that `publicKey` signed it. */
export function verifyCheckpoint(text: string, publicKey: string): Result<Checkpoint, string> {
  const parsed = parseCheckpoint(text)
  if (!parsed.ok) return parsed
  const split = text.indexOf(`\n\n${dash} `)
  const blob = Buffer.from(text.slice(text.lastIndexOf(' ') + 1), 'base64')
  if (!blob.subarray(0, 4).equals(keyHash(parsed.value.domain, publicKey))) {
    return err('the checkpoint is signed by another key')
  }
  const signed = Buffer.from(text.slice(0, split + 1))
  if (!verify(publicKey, signed, toBase64url(blob.subarray(4)))) return err('the signature does not verify')
  return parsed
}
