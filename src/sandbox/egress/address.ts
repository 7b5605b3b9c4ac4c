/**
 * An address of the network, read from text in one way only. IPv4 has one spelling here: four decimal numbers
 * without leading zeros. The octal, hexadecimal, short and single-number forms that C libraries also take are no
 * addresses and, ending in a number, no names either. IPv6 may be spelt in any way its standard allows, without a
 * zone; one that only wraps an IPv4 address becomes that address, so that there is nothing to hide behind.
 */
import { isIPv6 } from 'node:net'

/** An address. `text` is its one spelling: two addresses are the same exactly when their texts are. */
export interface Address {
  readonly family: 4 | 6
  readonly text: string
  /** 4 or 16 bytes, in network order. */
  readonly bytes: Uint8Array
}

const dottedQuad = /^(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}$/

/** The address that `text` spells, IPv6 without brackets; null when it spells none. */
export function readAddress(text: string): Address | null {
  if (text.length > 45) return null
  if (dottedQuad.test(text)) {
    const bytes = text.split('.').map(Number)
    return bytes.every((byte) => byte <= 255) ? fourBytes(bytes) : null
  }
  if (text.includes('%') || !isIPv6(text)) return null
  const bytes = sixteenBytes(text)
  if (startsWith(bytes, mappedPrefix)) return fourBytes([...bytes.subarray(12)])
  const { hostname } = new URL(`http://[${text}]/`)
  return { family: 6, text: hostname.slice(1, -1), bytes }
}

/** `::ffff:0:0/96`: an IPv4 address in the clothes of IPv6. */
const mappedPrefix = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff)

/** The IPv4 address of these four bytes. */
export function fourBytes(bytes: readonly number[]): Address {
  return { family: 4, text: bytes.join('.'), bytes: Uint8Array.from(bytes) }
}

/** True when `bytes` begins with `prefix`. */
export function startsWith(bytes: Uint8Array, prefix: Uint8Array): boolean {
  return bytes.length >= prefix.length && prefix.every((byte, at) => bytes[at] === byte)
}

/** The bytes of an IPv6 text that is known to be well-formed. */
function sixteenBytes(text: string): Uint8Array {
  const [head = '', tail] = text.split('::')
  const before = groups(head)
  const after = groups(tail ?? '')
  const bytes = new Uint8Array(16)
  bytes.set(before, 0)
  bytes.set(after, 16 - after.length)
  return bytes
}

function groups(text: string): readonly number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}
