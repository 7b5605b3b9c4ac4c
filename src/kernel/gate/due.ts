/** Until when a call may be under way: as long as the kernel lets it, or as its answer is of use to who asked. */
import type { Instant } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'

/** The instant after which a request that may take `mostMs` is over. */
export function dueBy(
  { at, deadlineMs }: { readonly at: Instant; readonly deadlineMs?: number },
  mostMs: number,
): Instant {
  return id<Instant>(at + Math.min(mostMs, deadlineMs ?? mostMs))
}
