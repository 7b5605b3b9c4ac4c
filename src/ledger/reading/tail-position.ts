/**
 * How far somebody has read, in words that outlive both programs: which ledger, which event was the last, and the
 * chain value of its batch. Going on from it yields every later event once, or a problem: never events of another
 * history as if they followed. The word ends with a check, so that a damaged one is no position.
 */
import { crc32 } from 'node:zlib'

/** How far somebody has read. */
export interface TailPosition {
  /** Id of the ledger in hex. */
  readonly ledgerId: string
  /** The last event that was read, or 0. */
  readonly seq: number
  /** Chain value (hex) after the batch that holds it; zeros for 0. */
  readonly chain: string
}

/** The position before the first event of a ledger. */
export function beginningOf(ledgerId: string): TailPosition {
  return { ledgerId, seq: 0, chain: '0'.repeat(64) }
}

/** A position as one word. */
export function showTailPosition({ ledgerId, seq, chain }: TailPosition): string {
  return withCheck(`${ledgerId}:${seq}:${chain}`)
}

/** The position that such a word states, or null. */
export function parseTailPosition(word: string): TailPosition | null {
  const match = /^(([0-9a-f]{32}):(0|[1-9][0-9]{0,14}):([0-9a-f]{64})):[0-9a-f]{8}$/.exec(word)
  const [, stated = '', ledgerId = '', seq = '', chain = ''] = match ?? []
  if (match === null || withCheck(stated) !== word) return null
  return { ledgerId, seq: Number(seq), chain }
}

function withCheck(stated: string): string {
  return `${stated}:${crc32(stated).toString(16).padStart(8, '0')}`
}
