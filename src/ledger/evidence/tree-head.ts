/**
 * What a log says of its Merkle tree at one moment: C2SP tlog-checkpoint, the text of a signed note. Ours adds two
 * lines, the chain value at that event and the kernel's clock. Its origin names the key beside the domain: every
 * home has a `main`, a witness may serve many homes, and no chain checkpoint, whose origin is the domain alone, can be
 * passed off as a tree head.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { fromBase64, toBase64 } from './base64.ts'
import type { HashFunction } from './merkle.ts'
import type { NoteKey } from './note.ts'

/** A tree head of any log. */
export interface TreeHead {
  readonly origin: string
  /** How many leaves the tree has: of a ledger, the position of the last event covered. */
  readonly size: number
  readonly root: Uint8Array
  /** Further lines, without their newlines. */
  readonly extensions: readonly string[]
}

/** What a ledger's own tree head states beside the tree. */
export interface LedgerHead {
  /** Chain value after the last event covered. */
  readonly chain: Uint8Array
  /** Milliseconds since 1970, by the kernel's clock. */
  readonly at: number
}

/** The log that a ledger is: its origin and the key that signs its tree heads. `ledgerKey` is 32 raw bytes. */
export function logKeyOf(hash: HashFunction, domain: string, ledgerKey: Uint8Array): NoteKey {
  const id = Array.from(hash(ledgerKey).subarray(0, 8), (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { name: `custos/${domain}/${id}`, type: 1, publicKey: ledgerKey }
}

/** The domain in the origin of a ledger's log, or null when that is another log's. */
export function domainOfOrigin(origin: string): string | null {
  return /^custos\/([a-z0-9][a-z0-9.-]{0,63})\/[0-9a-f]{16}$/.exec(origin)?.[1] ?? null
}

/** The text that is signed. */
export function treeHeadText({ origin, size, root, extensions }: TreeHead): string {
  return [origin, String(size), toBase64(root), ...extensions].map((line) => `${line}\n`).join('')
}

/** The extension lines of a ledger's tree head. */
export function ledgerHeadLines({ chain, at }: LedgerHead): readonly string[] {
  return [`chain ${toBase64(chain)}`, `time ${at}`]
}

/** Reads the text of a tree head. The error says what is wrong with it. */
export function parseTreeHead(text: string): Result<TreeHead, string> {
  const lines = text.split('\n').slice(0, -1)
  const [origin = '', size = '', base64 = '', ...extensions] = lines
  const root = fromBase64(base64)
  if (!text.endsWith('\n') || lines.some((line) => line === '')) return err('a tree head has no empty lines')
  if (!/^(?:0|[1-9][0-9]*)$/.test(size) || !Number.isSafeInteger(Number(size)))
    return err('the second line is not a tree size')
  if (root?.length !== 32) return err('the third line is not a root')
  return ok({ origin, size: Number(size), root, extensions })
}

/** Reads what a ledger adds, or null when these are not its lines. */
export function parseLedgerHead({ extensions }: TreeHead): LedgerHead | null {
  const [chainLine = '', timeLine = ''] = extensions
  const chain = fromBase64(/^chain (.{44})$/.exec(chainLine)?.[1] ?? '')
  const time = /^time (0|[1-9][0-9]{0,15})$/.exec(timeLine)?.[1]
  if (extensions.length !== 2 || chain?.length !== 32 || time === undefined) return null
  return { chain, at: Number(time) }
}
