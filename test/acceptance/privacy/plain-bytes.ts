/** Bytes that nobody has anywhere until they are made: every 8 of them are unlike any others, and follow from the seed. */

/** `length` of them, in a place of their own. */
export function plainBytes(seed: number, length: number): Uint8Array {
  const bytes = new Uint8Array(new ArrayBuffer(length))
  let state = seed >>> 0 || 1
  for (let at = 0; at < length; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    bytes[at] = state >>> 24
  }
  return bytes
}
