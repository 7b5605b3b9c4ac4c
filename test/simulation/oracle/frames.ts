/**
 * Reads frames off a tapped wire, as `docs/wire.md` describes them and as leniently as can be: what an attacker
 * wrote must be known here even where the kernel would not have read it.
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

/** One direction of one wire: bytes in, frames out, as soon as they are whole. */
export class FrameStream {
  #rest: Buffer = Buffer.alloc(0)

  /** The frames that these bytes complete. What is no frame spoils the stream: nobody reads on after it. */
  push(bytes: Uint8Array): readonly SeenFrame[] {
    const buffer = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes])
    const frames: SeenFrame[] = []
    let at = 0
    while (at + 12 <= buffer.length) {
      const end = at + 4 + buffer.readUInt32LE(at)
      if (end > buffer.length) break
      const bodyAt = at + 12 + buffer.readUInt16LE(at + 6)
      const header = bodyAt > end ? null : headerIn(buffer.toString('utf8', at + 12, bodyAt))
      if (header === null) {
        at = buffer.length
        break
      }
      const body = buffer.subarray(bodyAt, end)
      frames.push({ kind: buffer[at + 5] ?? 0, correlation: buffer.readUInt32LE(at + 8), header, body })
      at = end
    }
    this.#rest = buffer.subarray(at)
    return frames
  }
}

function headerIn(text: string): JsonObject | null {
  try {
    return (text === '' ? {} : JSON.parse(text)) as JsonObject
  } catch {
    return null
  }
}
