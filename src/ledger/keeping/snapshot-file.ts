/**
 * A snapshot as a file: nine lines of text, then the state's bytes. The last line is a signature of the eight
 * before it by the ledger key, and one of those is the digest of all that follows: whoever could make a kernel
 * believe another state by editing a snapshot could have signed another history just as well.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { verify } from '../../base/signature.ts'
import type { CheckpointSigner } from '../checkpoint.ts'

/** What a snapshot is of. */
export interface SnapshotOf {
  readonly domain: string
  /** Last event that the state is folded from, and the chain value after it in hex. */
  readonly seq: number
  readonly hash: string
  readonly stateRoot: string
  /** The code that folded it: another program's snapshot is not used. */
  readonly code: string
}

/** A snapshot; `body` means nothing here. */
export interface Snapshot extends SnapshotOf {
  readonly body: Uint8Array
}

const firstLine = 'custos snapshot 1'
const headLimit = 1024
const lines = 9
const newline = 10

/** The file. */
export function snapshotFile({ body, ...of }: Snapshot, signer: Pick<CheckpointSigner, 'sign'>): Uint8Array {
  const signed = signedText(of, body)
  return Buffer.concat([Buffer.from(`${signed}${signer.sign(Buffer.from(signed))}\n`), body])
}

/** The snapshot in a file that `publicKey` signed. Shares memory with `bytes`. The error says why it is none. */
export function readSnapshotFile(bytes: Uint8Array, publicKey: string): Result<Snapshot, string> {
  const head = headOf(bytes)
  if (head === null) return err('it does not begin as snapshots do')
  const [, domain = '', seq = '', hash = '', stateRoot = '', code = '', , , signature = ''] = head.lines
  const snapshot = { domain, seq: Number(seq), hash, stateRoot, code, body: bytes.subarray(head.length) }
  const { body, ...of } = snapshot
  const text = head.lines.slice(0, lines - 1).join('\n') + '\n'
  if (!Number.isSafeInteger(of.seq) || text !== signedText(of, body)) return err('it is cut off or changed')
  return verify(publicKey, Buffer.from(text), signature) ? ok(snapshot) : err('its signature does not verify')
}

function signedText({ domain, seq, hash, stateRoot, code }: SnapshotOf, body: Uint8Array): string {
  return (
    [firstLine, domain, String(seq), hash, stateRoot, code, String(body.length), sha256Hex(body)].join('\n') +
    '\n'
  )
}

function headOf(bytes: Uint8Array): { readonly lines: readonly string[]; readonly length: number } | null {
  let end = -1
  for (let line = 0; line < lines; line++) {
    end = bytes.indexOf(newline, end + 1)
    if (end < 0 || end >= headLimit) return null
  }
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, end).toString('utf8')
  return text.startsWith(`${firstLine}\n`) ? { lines: text.split('\n'), length: end + 1 } : null
}
