/**
 * What can be said of an encoded edwards25519 point by looking at it: whether the encoding is canonical,
 * whether it is one of the eight points of small order, and whether it is a point at all. OpenSSL accepts
 * keys that fail all three, which is harmless to it and not to a system that treats a key as an identity.
 * Nothing here handles secrets, so none of it needs to run in constant time.
 */
import { bytesToHex } from './hash.ts'

const p = 2n ** 255n - 19n
const d = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

/** Canonical encodings of the points whose order divides 8. */
const smallOrder: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** The y coordinate as written, sign bit of x cleared. */
function yOf(point: Uint8Array): bigint {
  let y = BigInt((point[31] as number) & 0x7f)
  for (let index = 30; index >= 0; index--) y = (y << 8n) | BigInt(point[index] as number)
  return y
}

/** True unless y ≥ p, or x is zero and its sign bit is set. `point` has 32 bytes. */
export function isCanonicalPoint(point: Uint8Array): boolean {
  // Nearly every point is settled by its last byte or two; only the rest is worth a big integer.
  const settled = point[31] !== 0x7f && point[31] !== 0xff && point[31] !== 0x80
  if (settled) return true
  const y = yOf(point)
  const negative = ((point[31] as number) & 0x80) !== 0
  return y < p && !(negative && (y === 1n || y === p - 1n))
}

/** True for a canonical encoding of a point of order 1, 2, 4 or 8. */
export function hasSmallOrder(point: Uint8Array): boolean {
  return smallOrder.has(bytesToHex(point))
}

/** True when some point has this y: (y² - 1) / (d·y² + 1) is a square modulo p. */
export function decodesToPoint(point: Uint8Array): boolean {
  const ySquared = yOf(point) ** 2n % p
  const numerator = (ySquared - 1n + p) % p
  const denominator = (d * ySquared + 1n) % p
  // The quotient and the product of two numbers are squares together; Euler's criterion decides.
  return numerator === 0n || power((numerator * denominator) % p, (p - 1n) / 2n) === 1n
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let square = base
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) result = (result * square) % p
    square = (square * square) % p
  }
  return result
}
