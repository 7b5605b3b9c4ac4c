/** What packed bodies are read from, and what their numbers must be. */
import { isStorable } from './u64.ts'

/** A range of bytes that a body must fill exactly. */
export interface PackedSource {
  readonly bytes: Buffer
  /** Of the same bytes. */
  readonly view: DataView
  readonly from: number
  readonly to: number
}

/** True when each can be stored as a number. */
export function allStorable(...values: readonly number[]): boolean {
  for (const value of values) if (!isStorable(value)) return false
  return true
}

/** True when `count` numbers from `at` on are all at most 2^53-1. */
export function readNumbers(view: DataView, at: number, count: number): boolean {
  let tops = 0
  for (let index = 0; index < count; index++) tops |= view.getUint32(at + index * 8 + 4, true)
  return tops >>> 0 <= 0x1f_ffff
}
