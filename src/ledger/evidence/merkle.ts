/**
 * The Merkle tree of RFC 9162 §2.1 (the one of RFC 6962) over the records of a ledger: a leaf is one record, in the
 * order of positions, so that event N is leaf N−1. Where the hash chain proves a whole prefix, the tree proves one
 * event, or that one history continues another, with a few dozen hashes.
 *
 * Nothing here knows files, `Buffer` or a crypto library: the hash is handed in, so that the very same code runs
 * elsewhere, a browser included. Proofs are made and checked in `src/witness`; a kernel needs none.
 */

/** SHA-256: any bytes to 32 bytes. */
export type HashFunction = (bytes: Uint8Array) => Uint8Array

/** Gives the hash of a complete subtree: 2^level leaves, the `index`-th of them at that level. */
export interface NodeSource {
  /** Null when that node is not there or cannot be read. */
  node(level: number, index: number): Uint8Array | null
}

/** Hash of one leaf: SHA-256(0x00 ‖ record). */
export function leafHash(hash: HashFunction, record: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + record.length)
  bytes.set(record, 1)
  return hash(bytes)
}

/** Hash of an inner node: SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(hash: HashFunction, left: Uint8Array, right: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(65)
  bytes[0] = 1
  bytes.set(left, 1)
  bytes.set(right, 33)
  return hash(bytes)
}

/** Whether two hashes are the same. */
export function sameHash(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, at) => byte === right[at])
}
