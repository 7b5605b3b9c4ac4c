/**
 * Reading the first message of TLS, only as far as the server's name in it. In a tunnel this is all that is seen of
 * what a program does with the connection that it was allowed; a name other than the host that was judged is how one
 * allowed host is used to reach another. Everything here is read from a stranger: every length is checked, and
 * whatever is not exactly as the standards say is a refusal.
 */

/** What the bytes so far are. */
export type HelloReading =
  /** More bytes are needed. */
  | { readonly kind: 'partial' }
  /** A whole ClientHello. `name` is its server name in lower case; null when it gives none. */
  | { readonly kind: 'hello'; readonly name: string | null }
  /** Not the beginning of TLS; or, when `isTls`, a broken one. */
  | { readonly kind: 'other'; readonly reason: string; readonly isTls: boolean }

/** Longest ClientHello that is waited for, with room for post-quantum keys. */
export const longestHello = 32_768

/** Records that one ClientHello may be split over. */
const mostRecords = 16
const handshakeRecord = 22
const clientHello = 1
const serverNameExtension = 0

/** Reads `bytes`, which are all that came so far. Handshakes that are split over records are put together. */
export function readClientHello(bytes: Buffer): HelloReading {
  const parts: Buffer[] = []
  let length = 0
  for (let at = 0; ;) {
    const header = bytes.subarray(at, at + 5)
    if (header.length > 0 && header[0] !== handshakeRecord)
      return other('it does not begin as TLS does', at > 0)
    if (header.length > 1 && header[1] !== 3) return other('it is no version of TLS', at > 0)
    if (header.length < 5) return bytes.length > longestHello ? other('its beginning is too long') : partial
    const size = header.readUInt16BE(3)
    if (size === 0 || size > 16_384 + 256) return other('a record has a wrong length')
    const content = bytes.subarray(at + 5, at + 5 + size)
    parts.push(content)
    length += content.length
    const message = Buffer.concat(parts, length)
    if (message.length > 0 && message[0] !== clientHello) return other('it does not begin with a ClientHello')
    if (message.length >= 4) {
      const whole = message.readUIntBE(1, 3)
      if (whole > longestHello) return other('its beginning is too long')
      if (message.length >= 4 + whole) return readMessage(message.subarray(4, 4 + whole))
    }
    if (content.length < size) return partial
    if (parts.length === mostRecords) return other('its beginning is in too many pieces')
    at += 5 + size
  }
}

const partial: HelloReading = { kind: 'partial' }

function other(reason: string, isTls = true): HelloReading {
  return { kind: 'other', reason, isTls }
}

/** A cursor over bytes that answers null, for good, once anything was asked for that is not there. */
interface Cursor {
  take(length: number): Buffer | null
  /** What a length field of `size` bytes says that follows. */
  vector(size: 1 | 2): Buffer | null
  readonly left: number
}

function cursor(bytes: Buffer): Cursor {
  let at = 0
  const take = (length: number): Buffer | null => {
    if (at + length > bytes.length) return null
    at += length
    return bytes.subarray(at - length, at)
  }
  return {
    take,
    vector(size) {
      const length = take(size)
      return length === null ? null : take(length.readUIntBE(0, size))
    },
    get left() {
      return bytes.length - at
    },
  }
}

function readMessage(body: Buffer): HelloReading {
  const hello = cursor(body)
  const isWhole =
    hello.take(2 + 32) !== null &&
    hello.vector(1) !== null &&
    hello.vector(2) !== null &&
    hello.vector(1) !== null
  if (!isWhole) return other('the ClientHello is broken')
  if (hello.left === 0) return { kind: 'hello', name: null }
  const extensions = hello.vector(2)
  if (extensions === null || hello.left !== 0) return other('the ClientHello is broken')
  return readExtensions(cursor(extensions))
}

function readExtensions(extensions: Cursor): HelloReading {
  let name: string | null = null
  while (extensions.left > 0) {
    const type = extensions.take(2)
    const content = extensions.vector(2)
    if (type === null || content === null) return other('the ClientHello is broken')
    if (type.readUInt16BE(0) !== serverNameExtension) continue
    if (name !== null) return other('the ClientHello has two server names')
    name = readServerName(cursor(content))
    if (name === null) return other('the server name in the ClientHello is broken')
  }
  return { kind: 'hello', name }
}

/** The one host name of the extension; null when it is anything but exactly one. */
function readServerName(extension: Cursor): string | null {
  const list = extension.vector(2)
  if (list === null || extension.left !== 0) return null
  const entries = cursor(list)
  const type = entries.take(1)
  const name = entries.vector(2)
  if (type?.[0] !== 0 || name === null || name.length === 0 || entries.left !== 0) return null
  const text = name.toString('latin1')
  return /^[!-~]+$/.test(text) ? text.toLowerCase() : null
}
