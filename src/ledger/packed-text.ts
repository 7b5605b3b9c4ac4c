/**
 * Text inside packed bodies: UTF-8 without control characters, its length stated elsewhere. Text with a control
 * character is not packed (as JSON it is escaped), so that no packed body holds a run of zero bytes.
 */
import { isUtf8 } from 'node:buffer'
import type { PackedSource } from './packed-source.ts'
import type { WriteBuffer } from './write-buffer.ts'

/** Longest packed text in UTF-16 units; what is longer is not packed. In UTF-8 it fits a 16-bit length. */
export const packedTextUnits = 21_845

const space = 0x20
const lastAscii = 0x7f
const inLoopUnits = 96

/** UTF-16 units of `text`, a third of the bytes that it can take; 0 for what is no text. */
export function unitsOf(text: string | undefined): number {
  return typeof text === 'string' ? text.length : 0
}

/** Writes `text` at `at` and returns the offset after it, or -1 when it is not packed. Room must be there. */
export function writeText(out: WriteBuffer, text: string, at: number): number {
  if (typeof text !== 'string' || text.length > packedTextUnits) return -1
  if (text.length > inLoopUnits) return writeLongText(out, text, at)
  const { bytes } = out
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    if (unit < space || unit > lastAscii) return unit < space ? -1 : writeLongText(out, text, at)
    bytes[at + index] = unit
  }
  return at + text.length
}

function writeLongText(out: WriteBuffer, text: string, at: number): number {
  if (!text.isWellFormed()) return -1
  const end = at + out.bytes.write(text, at, 'utf8')
  return hasControl(out.bytes, at, end) ? -1 : end
}

function hasControl(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if ((bytes[at] as number) < space) return true
  return false
}

/** Where packed text stands. */
export type TextSource = Pick<PackedSource, 'bytes' | 'view'>

/** The text in that range, or null when it is not UTF-8 without control characters. */
export function readText(source: TextSource, from: number, to: number): string | null {
  const known = texts.find(source, from, to)
  if (known !== undefined) return known
  const text = decode(source.bytes, from, to)
  if (text !== null) texts.keep(source, from, to, text)
  return text
}

/** The same for text that hardly ever comes twice. */
export function readOnce({ bytes }: TextSource, from: number, to: number): string | null {
  return decode(bytes, from, to)
}

function decode(bytes: Buffer, from: number, to: number): string | null {
  let isAscii = true
  for (let at = from; at < to; at++) {
    const byte = bytes[at] as number
    if (byte < space) return null
    if (byte > lastAscii) isAscii = false
  }
  if (isAscii) return bytes.toString('latin1', from, to)
  return isUtf8(bytes.subarray(from, to)) ? bytes.toString('utf8', from, to) : null
}

const slots = 256
const longestKept = 256

interface Seen<T> {
  readonly bytes: Uint8Array
  /** The same, four at a time as far as that goes. */
  readonly words: Int32Array
  readonly value: T
}

/** Remembers what a few hundred short ranges of bytes meant, so that what recurs is decoded once. */
export class SeenRanges<T> {
  readonly #seen: (Seen<T> | undefined)[] = Array.from({ length: slots }, () => undefined)

  /** What exactly these bytes meant before, if that is remembered. */
  find({ bytes, view }: TextSource, from: number, to: number): T | undefined {
    const seen = this.#seen[slotOf(bytes, from, to)]
    const length = to - from
    if (seen === undefined || seen.bytes.length !== length) return undefined
    const { words } = seen
    let at = 0
    for (; at + 4 <= length; at += 4) if (words[at >> 2] !== view.getInt32(from + at, true)) return undefined
    for (; at < length; at++) if (seen.bytes[at] !== bytes[from + at]) return undefined
    return seen.value
  }

  /** Remembers it, in place of another that has the same slot. */
  keep({ bytes, view }: TextSource, from: number, to: number, value: T): void {
    if (to - from > longestKept) return
    const words = new Int32Array((to - from) >> 2)
    for (let index = 0; index < words.length; index++) words[index] = view.getInt32(from + index * 4, true)
    this.#seen[slotOf(bytes, from, to)] = { bytes: new Uint8Array(bytes.subarray(from, to)), words, value }
  }
}

function slotOf(bytes: Uint8Array, from: number, to: number): number {
  if (to === from) return 0
  const middle = bytes[from + ((to - from) >> 1)] as number
  return (
    ((to - from) * 31 + (bytes[from] as number) * 7 + (bytes[to - 1] as number) * 5 + middle) & (slots - 1)
  )
}

const texts = new SeenRanges<string>()
