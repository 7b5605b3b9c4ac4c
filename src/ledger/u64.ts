/**
 * 64-bit unsigned integers as the ledger stores them: little-endian, and never above 2^53-1, so that they
 * are exact in every JavaScript value and in every export.
 */
import { invariant } from '../base/fault.ts'

const high = 0x1_0000_0000
/** The largest upper half of a number up to 2^53-1. All its bits are ones, so halves can be judged joined by `|`. */
const highest = 0x1f_ffff

/** True for what can be stored: a safe integer that is not negative. */
export function isStorable(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

/** Writes a safe non-negative integer as 8 bytes at `at`. */
export function writeU64(buffer: Buffer, value: number, at: number): void {
  invariant(isStorable(value), 'a stored number must be a non-negative safe integer')
  buffer.writeUInt32LE(value % high, at)
  buffer.writeUInt32LE(Math.floor(value / high), at + 4)
}

/** The same through a view, several times as fast. */
export function setU64(view: DataView, value: number, at: number): void {
  invariant(isStorable(value), 'a stored number must be a non-negative safe integer')
  const top = value < high ? 0 : Math.floor(value / high)
  view.setUint32(at, value - top * high, true)
  view.setUint32(at + 4, top, true)
}

/** The integer in the 8 bytes at `at`, or NaN when it is above 2^53-1. */
export function readU64(buffer: Buffer, at: number): number {
  const top = buffer.readUInt32LE(at + 4)
  return top > highest ? NaN : top * high + buffer.readUInt32LE(at)
}

/** True when the 8 bytes at `at` are zero. */
export function isZeroU64(view: DataView, at: number): boolean {
  return (view.getInt32(at, true) | view.getInt32(at + 4, true)) === 0
}

/** The same through a view, several times as fast. */
export function getU64(view: DataView, at: number): number {
  const top = view.getUint32(at + 4, true)
  if (top === 0) return view.getUint32(at, true)
  return top > highest ? NaN : top * high + view.getUint32(at, true)
}
