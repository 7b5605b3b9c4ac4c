/**
 * A list as JSON text that is never longer than what travels in one frame. Views can be far longer than the
 * state they show, because each capability tells the terms of its whole chain; so the text is made item by
 * item, and given up as soon as it is too long.
 */
import type { Json } from '../../base/json.ts'

/** The UTF-8 bytes of the list, or null when they would be more than `maxBytes`. */
export function boundedList(items: Iterable<Json>, maxBytes: number): Uint8Array | null {
  const parts: Buffer[] = []
  let length = 2
  for (const item of items) {
    const part = Buffer.from(`${parts.length === 0 ? '' : ','}${JSON.stringify(item)}`)
    length += part.length
    if (length > maxBytes) return null
    parts.push(part)
  }
  return Buffer.concat([Buffer.from('['), ...parts, Buffer.from(']')], length)
}
