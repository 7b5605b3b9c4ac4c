/**
 * Reading what a request line asks for. What is judged is what is sent, byte for byte: a path that servers read in
 * more than one way, by resolving dots or decoding first, is refused, since a grant for `/a/` must not reach `/b/`
 * by `/a/../b/` in any disguise.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'

/** A request line's target in its parts; the authority is still text. */
export interface RequestTarget {
  readonly scheme: 'http' | 'https'
  readonly authority: string
  /** With the query; begins with a slash. */
  readonly path: string
}

const absolute = /^(?<scheme>https?):\/\/(?<authority>[^/?#]*)(?<rest>[^#]*)$/i

/** Reads the absolute form, in which a proxy is asked. */
export function readAbsoluteTarget(text: string): Result<RequestTarget, string> {
  const { scheme, authority, rest } = absolute.exec(text)?.groups ?? {}
  if (scheme === undefined || authority === undefined || rest === undefined)
    return err('a proxy is asked with a whole address: http://host/path')
  const path = readPath(rest)
  if (!path.ok) return path
  return ok({ scheme: scheme.toLowerCase() === 'https' ? 'https' : 'http', authority, path: path.value })
}

/** Reads a path with its query, as it will be judged and sent. Empty means the root. */
export function readPath(text: string): Result<string, string> {
  const path = text.startsWith('/') ? text : text === '' || text.startsWith('?') ? `/${text}` : null
  if (path === null) return err('the path does not begin with a slash')
  if (!/^[!-~]*$/.test(path)) return err('the path holds characters that must be percent-encoded')
  if (path.includes('#')) return err('a fragment is not sent to servers')
  const [plain = ''] = path.split('?', 1)
  if (hasDotSegment(plain)) return err('the path has a segment . or .. in some spelling')
  if (plain.includes('\\')) return err('the path has a backslash')
  return ok(path)
}

const decodings = 4

/** True when some server could find a segment `.` or `..` in `path`, however often it decodes. */
function hasDotSegment(path: string): boolean {
  let text = path
  for (let round = 0; round < decodings; round += 1) {
    if (text.split(/[/\\]/).some((segment) => /^\.{1,2}(?:;|$)/.test(segment))) return true
    const decoded = text
      .replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
      .replaceAll(/%u00([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    if (decoded === text) return false
    text = decoded
  }
  // Nobody needs to encode this often but to hide something.
  return true
}
