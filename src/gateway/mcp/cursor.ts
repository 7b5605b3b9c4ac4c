/**
 * Cursors of lists. They are opaque to clients and carry only a place: for lists that are made here an index,
 * for resources the driver, the kernel's own cursor there and an index. Nothing they say is trusted beyond that.
 */
import { fromBase64url, toBase64url } from '../../base/base64url.ts'
import type { Json } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'

/** Entries on one page. */
export const pageSize = 200

const maxCursorLength = 8_192
const limits = { maxBytes: maxCursorLength, maxDepth: 2, maxValues: 16 }

/** A place in a list as text. */
export function encodeCursor(place: readonly Json[]): string {
  return toBase64url(Buffer.from(JSON.stringify(place)))
}

/** The place behind `cursor`, or null when it is none of ours. */
export function decodeCursor(cursor: string): readonly Json[] | null {
  if (cursor.length > maxCursorLength) return null
  const bytes = fromBase64url(cursor)
  const parsed = bytes === null ? null : parseStrictJson(bytes, limits)
  return parsed?.ok === true && Array.isArray(parsed.value) ? parsed.value : null
}

/** One page of a whole list, and the cursor of the next. Null for a cursor that is none. */
export function pageOf<T>(
  all: readonly T[],
  cursor: string | null,
): { readonly items: readonly T[]; readonly next: string | null } | null {
  const place = cursor === null ? [0] : decodeCursor(cursor)
  const start = place?.[0]
  if (typeof start !== 'number' || !Number.isInteger(start) || start < 0 || place?.length !== 1) return null
  const end = start + pageSize
  return { items: all.slice(start, end), next: end < all.length ? encodeCursor([end]) : null }
}
