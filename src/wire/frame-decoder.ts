/**
 * Turns a byte stream into frames, however it is cut. Bytes are looked at once and copied at most twice; what
 * is kept between pushes is never more than the start of one frame, and grows with what really arrived rather
 * than with what a length field promised. The first violation is final: the stream has lost its meaning.
 */
import type { JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import type { Frame } from './frame.ts'
import {
  correlationFits,
  frameKindOf,
  headerLimits,
  lengthSize,
  noBody,
  prologueSize,
  protocolVersion,
  wireLimits,
} from './frame.ts'
import type { WireViolation, WireViolationReason } from './violation.ts'

/** What one push brought: the frames before the violation, if there is one, are intact. */
export interface Decoded {
  readonly frames: readonly Frame[]
  readonly violation: WireViolation | null
}

const emptyHeader: JsonObject = Object.freeze(Object.create(null) as JsonObject)

/** An incremental decoder for one direction of one connection. */
export class FrameDecoder {
  /** The start of a frame that has not arrived whole; `#used` bytes of it are filled. */
  #held: Uint8Array = noBody
  #used = 0
  #violation: WireViolation | null = null
  #frames: Frame[] = []
  #maxLength: number

  /** `maxLength` bounds the length field until `acceptLongest`; a stranger need not be trusted with more. */
  constructor(maxLength: number = wireLimits.maxLength) {
    this.#maxLength = maxLength
  }

  /** From the next push on, frames may be as long as the protocol allows. */
  acceptLongest(): void {
    this.#maxLength = wireLimits.maxLength
  }

  /** Bytes kept for the next push. At most 4 + 1,048,576. */
  get heldBytes(): number {
    return this.#used
  }

  /** Takes the next bytes of the stream. They are copied: the caller keeps them. Never throws. */
  push(bytes: Uint8Array): Decoded {
    if (this.#violation !== null) return { frames: [], violation: this.#violation }
    this.#frames = []
    let at = this.#used > 0 ? this.#completeHeld(bytes) : 0
    while (this.#violation === null) {
      const size = this.#sizeAt(bytes, at, bytes.length)
      if (size === null || bytes.length - at < size) break
      this.#decode(bytes, at, size)
      at += size
    }
    if (this.#violation === null) this.#hold(bytes, at, bytes.length)
    else this.#release()
    return { frames: this.#frames, violation: this.#violation }
  }

  /** Feeds the held frame until it is whole or the bytes run out. Returns where the rest begins. */
  #completeHeld(bytes: Uint8Array): number {
    let at = 0
    for (;;) {
      const size = this.#sizeAt(this.#held, 0, this.#used)
      if (this.#violation !== null) return at
      if (size === this.#used) {
        this.#decode(this.#held, 0, size)
        this.#release()
        return at
      }
      // Until the prologue is complete only the prologue is taken, so that it is judged before the rest is kept.
      const target = size !== null && this.#used >= prologueSize ? size : prologueSize
      const end = Math.min(at + target - this.#used, bytes.length)
      if (end === at) return at
      this.#hold(bytes, at, end)
      at = end
    }
  }

  #hold(bytes: Uint8Array, start: number, end: number): void {
    const needed = this.#used + end - start
    if (needed === this.#used) return
    if (needed > this.#held.length) {
      const grown = new Uint8Array(
        Math.max(256, needed, Math.min(needed * 2, lengthSize + wireLimits.maxLength)),
      )
      grown.set(this.#held.subarray(0, this.#used))
      this.#held = grown
    }
    this.#held.set(bytes.subarray(start, end), this.#used)
    this.#used = needed
  }

  #release(): void {
    this.#held = noBody
    this.#used = 0
  }

  #violate(reason: WireViolationReason, message: string): null {
    this.#violation = { reason, message }
    return null
  }

  /** Size of the frame at `at`, or null when it is not known yet or the prologue is not acceptable. */
  #sizeAt(bytes: Uint8Array, at: number, end: number): number | null {
    if (end - at < lengthSize) return null
    const length = u32(bytes, at)
    if (length < prologueSize - lengthSize) return this.#violate('length', `a frame of length ${length}`)
    if (length > this.#maxLength) return this.#violate('length', `a frame of length ${length}`)
    if (end - at < prologueSize) return lengthSize + length
    if (bytes[at + 4] !== protocolVersion) return this.#violate('version', `frame version ${bytes[at + 4]}`)
    if (frameKindOf(bytes[at + 5] as number) === undefined)
      return this.#violate('kind', `frame kind ${bytes[at + 5]}`)
    const headerLength = u16(bytes, at + 6)
    if (headerLength > wireLimits.maxHeaderLength || headerLength > length - (prologueSize - lengthSize))
      return this.#violate('header', `a header of length ${headerLength} in a frame of length ${length}`)
    const bodyLength = length - (prologueSize - lengthSize) - headerLength
    if (bodyLength > wireLimits.maxBodyLength)
      return this.#violate('length', `a body of length ${bodyLength}`)
    return lengthSize + length
  }

  /** Decodes the whole frame at `at`, whose prologue `#sizeAt` has accepted. */
  #decode(bytes: Uint8Array, at: number, size: number): void {
    const kind = frameKindOf(bytes[at + 5] as number)
    const correlation = u32(bytes, at + 8)
    if (kind === undefined || !correlationFits(kind, correlation)) {
      this.#violate('correlation', `a ${kind ?? 'frame'} with correlation ${correlation}`)
      return
    }
    const headerEnd = at + prologueSize + u16(bytes, at + 6)
    const header = this.#header(bytes, at + prologueSize, headerEnd)
    if (header === null) return
    // A copy: a body may be kept long after the chunk it came in, which it would otherwise keep alive.
    const body =
      headerEnd === at + size ? noBody : Uint8Array.prototype.slice.call(bytes, headerEnd, at + size)
    this.#frames.push({ kind, correlation, header, body })
  }

  #header(bytes: Uint8Array, start: number, end: number): JsonObject | null {
    if (end - start === 2 && bytes[start] === 0x7b && bytes[start + 1] === 0x7d) return emptyHeader
    const parsed = parseStrictJson(bytes.subarray(start, end), headerLimits)
    if (!parsed.ok) return this.#violate('header', `header: ${parsed.error.message}`)
    if (!isJsonObject(parsed.value)) return this.#violate('header', 'the header is not an object')
    return parsed.value
  }
}

function u16(bytes: Uint8Array, at: number): number {
  return (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
}

function u32(bytes: Uint8Array, at: number): number {
  return (u16(bytes, at) | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0
}
