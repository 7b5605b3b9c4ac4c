/**
 * Reading a request's body before it is judged. A body that fits is read whole, so that the gate judges and records
 * its digest; one that does not is left waiting with what was read of it, and is carried later under limits.
 */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { sha256Hex } from '../../base/hash.ts'

/** A body, read or begun. */
export interface RequestBody {
  /** What was read. All of it, when `rest` is null. */
  readonly bytes: Buffer
  /** What is still to come, with `bytes` not in it. */
  readonly rest: Readable | null
  /** Length that the program announced; null when it sends in chunks. */
  readonly announced: number | null
}

/** Reads up to `limit` bytes. Rejects when the program breaks off, or when `signal` aborts. */
export async function readBody(
  message: IncomingMessage,
  limit: number,
  signal: AbortSignal,
): Promise<RequestBody> {
  const header = message.headers['content-length']
  const announced = header === undefined ? null : Number(header)
  if (announced !== null && announced > limit) return { bytes: Buffer.alloc(0), rest: message, announced }
  const abort = (): void => void message.destroy(new Error('the body did not come in time'))
  signal.addEventListener('abort', abort, { once: true })
  const chunks: Buffer[] = []
  let length = 0
  try {
    for await (const chunk of message.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      chunks.push(chunk)
      length += chunk.length
      if (length > limit) return { bytes: Buffer.concat(chunks), rest: message, announced }
    }
  } finally {
    signal.removeEventListener('abort', abort)
  }
  signal.throwIfAborted()
  return { bytes: Buffer.concat(chunks), rest: null, announced }
}

/** The two arguments that stand for a body in the question to the gate. */
export function judgedBody(body: RequestBody): { readonly bodyBytes: number; readonly bodySha256: string } {
  if (body.rest !== null) return { bodyBytes: -1, bodySha256: '' }
  return { bodyBytes: body.bytes.length, bodySha256: sha256Hex(body.bytes) }
}
