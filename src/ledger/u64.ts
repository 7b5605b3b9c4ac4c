/**
 * 64-bit unsigned integers as the ledger stores them: little-endian, and never above 2^53-1, so that they
 * are exact in every JavaScript value and in every export.
 */
import { invariant } from '../base/fault.ts'

const high = 0x1_0000_0000

/** Writes a safe non-negative integer as 8 bytes at `at`. */
export function writeU64(buffer: Buffer, value: number, at: number): void {
  invariant(Number.isSafeInteger(value) && value >= 0, 'a stored number must be a non-negative safe integer')
  buffer.writeUInt32LE(value % high, at)
  buffer.writeUInt32LE(Math.floor(value / high), at + 4)
}

/** The integer in the 8 bytes at `at`, or NaN when it is above 2^53-1. */
export function readU64(buffer: Buffer, at: number): number {
  const top = buffer.readUInt32LE(at + 4)
  return top > 0x1f_ffff ? NaN : top * high + buffer.readUInt32LE(at)
}
