/**
 * Pages of resources for the kernel: no more and no larger than one frame takes, however large the server's own
 * pages are. A cursor is the server's and how much of its page was given already; the kernel only hands it back.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { ServerSession } from '../mcp/session.ts'

/** Bounds on one page. */
export const pageLimits = { items: 1000, bytes: 921_600, cursorLength: 8192 } as const

/** One page: JSON texts of resources. */
export interface ListedPage {
  readonly items: readonly string[]
  readonly next: string | null
}

/** One page of the server's resources, or why there is none. `cursor` is null or came from the page before. */
export async function resourcePage(
  session: Pick<ServerSession, 'resources'>,
  cursor: string | null,
): Promise<Result<ListedPage, string>> {
  const place = cursor === null ? { skip: 0, cursor: null } : readCursor(cursor)
  if (place === null) return err('there is no page with this cursor')
  const page = await session.resources(place.cursor)
  if (!page.ok) return page
  const items = fitting(page.value.resources.slice(place.skip))
  const skip = place.skip + items.length
  if (skip < page.value.resources.length) {
    if (items.length === 0) return err('the server lists a resource that is too large')
    return ok({ items, next: JSON.stringify([skip, place.cursor]) })
  }
  const { next } = page.value
  if (next !== null && next.length > pageLimits.cursorLength)
    return err('the server gave a cursor that is too long')
  return ok({ items, next: next === null ? null : JSON.stringify([0, next]) })
}

/** As many resources from the front as one frame takes. */
function fitting(resources: readonly JsonObject[]): readonly string[] {
  const items: string[] = []
  let bytes = 2
  for (const resource of resources) {
    const text = JSON.stringify(resource)
    bytes += Buffer.byteLength(text) + 1
    if (bytes > pageLimits.bytes || items.length === pageLimits.items) break
    items.push(text)
  }
  return items
}

function readCursor(text: string): { readonly skip: number; readonly cursor: string | null } | null {
  const parsed = parseStrictJson(Buffer.from(text))
  const [skip, cursor] = parsed.ok && Array.isArray(parsed.value) ? (parsed.value as readonly Json[]) : []
  if (typeof skip !== 'number' || !Number.isInteger(skip) || skip < 0) return null
  return cursor === null || typeof cursor === 'string' ? { skip, cursor } : null
}
