/**
 * Reads frames off a tapped wire, as `docs/wire.md` describes them. What is tapped is what one side wrote, so
 * an honest side's writes are whole frames; what is not a frame is nobody's request and is passed over.
 */
import type { JsonObject } from '../../../src/base/json.ts'

/** A frame as it was written. */
export interface SeenFrame {
  readonly kind: number
  readonly correlation: number
  readonly header: JsonObject
  readonly body: Uint8Array
}

/** Kinds that the oracles look at. */
export const seenKinds = { hello: 1, welcome: 2, request: 4, reply: 5, refusal: 6, notice: 8 } as const

/** The frames in `bytes`, up to the first thing that is none. */
export function framesIn(bytes: Uint8Array): readonly SeenFrame[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const frames: SeenFrame[] = []
  let at = 0
  while (at + 12 <= buffer.length) {
    const end = at + 4 + buffer.readUInt32LE(at)
    const bodyAt = at + 12 + buffer.readUInt16LE(at + 6)
    if (end > buffer.length || bodyAt > end) break
    const header = headerIn(buffer.toString('utf8', at + 12, bodyAt))
    if (header === null) break
    const body = buffer.subarray(bodyAt, end)
    frames.push({ kind: buffer[at + 5] ?? 0, correlation: buffer.readUInt32LE(at + 8), header, body })
    at = end
  }
  return frames
}

function headerIn(text: string): JsonObject | null {
  try {
    return (text === '' ? {} : JSON.parse(text)) as JsonObject
  } catch {
    return null
  }
}
