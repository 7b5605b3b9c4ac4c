/**
 * Carrying bytes from one stream to another under limits. Every byte that passes the proxy in either direction
 * goes through here, so that size, rate, idleness and abort hold everywhere and are written once. A slow reader
 * slows the source down; nothing is buffered beyond what the streams themselves hold.
 */
import { type Hash, createHash } from 'node:crypto'
import type { Readable, Writable } from 'node:stream'
import type { TokenBucket } from './token-bucket.ts'

/** What limits one direction. */
export interface PumpLimits {
  /** Most bytes altogether. */
  readonly bytes: number
  readonly bucket: TokenBucket
  /** Called for every chunk, so that whoever measures idleness knows. */
  readonly onBytes: () => void
  readonly signal: AbortSignal
}

/** Counts and digests what passed. */
export interface Tally {
  bytes: number
  readonly hash: Hash
}

/** A tally of nothing. */
export function newTally(): Tally {
  return { bytes: 0, hash: createHash('sha256') }
}

/**
 * Carries `source` to its end into `sink`, which is left open. `change` may replace each chunk by another one, and
 * is called with null at the end for what it kept back. Rejects when either breaks, a limit is passed or the signal
 * aborts; the streams are the caller's to destroy.
 */
export async function pump(
  source: Readable,
  sink: Writable,
  limits: PumpLimits,
  tally: Tally,
  change: (chunk: Buffer | null) => Buffer = (chunk) => chunk ?? empty,
): Promise<void> {
  const put = async (chunk: Buffer): Promise<void> => {
    if (chunk.length === 0) return
    tally.bytes += chunk.length
    tally.hash.update(chunk)
    if (!sink.write(chunk)) await drained(sink, limits.signal)
  }
  let received = 0
  for await (const chunk of source as AsyncIterable<Buffer>) {
    limits.signal.throwIfAborted()
    received += chunk.length
    if (received > limits.bytes) throw new Error(`more than ${limits.bytes} bytes`)
    limits.onBytes()
    await limits.bucket.take(chunk.length, limits.signal)
    await put(change(chunk))
    limits.onBytes()
  }
  limits.signal.throwIfAborted()
  await put(change(null))
}

const empty = Buffer.alloc(0)

function drained(sink: Writable, signal: AbortSignal): Promise<void> {
  return new Promise((done, failed) => {
    const settle = (error?: Error): void => {
      sink.off('drain', onDrain).off('close', onClose).off('error', onClose)
      signal.removeEventListener('abort', onClose)
      if (error === undefined) done()
      else failed(error)
    }
    const onDrain = (): void => settle()
    const onClose = (): void => settle(new Error('nobody reads any more'))
    sink.once('drain', onDrain).once('close', onClose).once('error', onClose)
    signal.addEventListener('abort', onClose, { once: true })
    if (sink.destroyed || signal.aborted) onClose()
  })
}
