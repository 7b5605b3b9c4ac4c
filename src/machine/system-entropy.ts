/**
 * The operating system's randomness, drawn a page at a time: one call of the system costs more than the gate
 * spends on deciding, and every governed call needs three draws. What was handed out is wiped from the page.
 */
import { randomBytes, randomFillSync } from 'node:crypto'
import type { Entropy } from '../base/ports.ts'

const pageBytes = 8_192
/** Longer draws go straight to the system. */
const pooledBytes = 64

/** Entropy for one process. */
export function systemEntropy(): Entropy {
  const page = new Uint8Array(pageBytes)
  let at = pageBytes
  return {
    bytes(length) {
      if (length > pooledBytes) return new Uint8Array(randomBytes(length))
      if (length > pageBytes - at) {
        randomFillSync(page)
        at = 0
      }
      const drawn = page.slice(at, at + length)
      page.fill(0, at, at + length)
      at += length
      return drawn
    },
  }
}
