/**
 * DER, as far as certificates of one fixed template need it: a writer and nothing else. There is no parser, so
 * no bytes from anywhere are ever read here; every value is made by our own code from checked input.
 */
import { invariant } from '../../../base/fault.ts'

const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
} as const

function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents)
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content])
}

function lengthOf(length: number): Uint8Array {
  if (length < 0x80) return Buffer.from([length])
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(length)
  const first = bytes.findIndex((byte) => byte !== 0)
  return Buffer.concat([Buffer.from([0x80 | (4 - first)]), bytes.subarray(first)])
}

/** SEQUENCE of encoded elements. */
export function sequence(...items: readonly Uint8Array[]): Uint8Array {
  return element(tags.sequence, ...items)
}

/** SET of one encoded element: more would have to be sorted. */
export function setOf(item: Uint8Array): Uint8Array {
  return element(tags.set, item)
}

/** OBJECT IDENTIFIER, written as its numbers: `1.2.840.10045`. */
export function objectId(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...others] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...others].flatMap((arc) => {
    const groups = [arc & 0x7f]
    for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
      groups.unshift((rest & 0x7f) | 0x80)
    return groups
  })
  return element(tags.objectId, Buffer.from(bytes))
}

/** INTEGER from big-endian bytes of a number that is not negative. */
export function unsignedInteger(bytes: Uint8Array): Uint8Array {
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1
  const digits = bytes.subarray(start)
  const padding = (digits[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0)
  return element(tags.integer, padding, digits)
}

/** BOOLEAN TRUE; the default FALSE is left out in DER. */
export const isTrue: Uint8Array = element(tags.boolean, Buffer.from([0xff]))

/** OCTET STRING. */
export function octetString(bytes: Uint8Array): Uint8Array {
  return element(tags.octetString, bytes)
}

/** BIT STRING whose last `unusedBits` bits do not count. */
export function bitString(bytes: Uint8Array, unusedBits = 0): Uint8Array {
  return element(tags.bitString, Buffer.from([unusedBits]), bytes)
}

/** UTF8String. */
export function utf8String(text: string): Uint8Array {
  return element(tags.utf8String, Buffer.from(text))
}

/** UTCTime of a moment in milliseconds since the epoch, before 2050. */
export function utcTime(ms: number): Uint8Array {
  const text = new Date(ms).toISOString()
  invariant(text.startsWith('20') && text < '2050', 'UTCTime ends with 2049')
  return element(tags.utcTime, Buffer.from(`${text.slice(2, 19).replace(/[-:T]/gu, '')}Z`))
}

/** A context-specific element: constructed when it holds elements, primitive when it holds bytes. */
export function tagged(number: number, form: 'constructed' | 'primitive', content: Uint8Array): Uint8Array {
  return element((form === 'constructed' ? 0xa0 : 0x80) | number, content)
}
