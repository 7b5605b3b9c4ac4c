/**
 * Did every admitted call end exactly once? Whatever was in flight when a kernel died must be put in doubt by
 * the very next boot, once, and by nothing else.
 */
import type { EventOf } from '../../../src/kernel/event.ts'
import type { Evidence } from '../evidence.ts'

/** Calls that ended not at all, twice, out of nothing, or in a way that the crash does not explain. */
export function judgeCalls({ batches }: Evidence): readonly string[] {
  const violations: string[] = []
  const open = new Set<number>()
  const ended = new Set<number>()
  /** The boot that found a call in flight. */
  const interrupted = new Map<number, number>()

  function settle({ seq, cause, body: { call, outcome } }: EventOf<'call.settled'>): void {
    if (ended.has(call)) violations.push(`call ${call} is settled again by event ${seq}`)
    else if (!open.delete(call)) violations.push(`call ${call} is settled by event ${seq} and never began`)
    ended.add(call)
    const boot = interrupted.get(call)
    if (boot === undefined || (outcome === 'in-doubt' && cause === boot)) return
    violations.push(`call ${call} was in flight at boot ${boot} and ends as ${outcome}, caused by ${cause}`)
  }

  for (const { event } of batches.flatMap((batch) => batch.records)) {
    if (event.kind === 'kernel.booted') for (const call of open) interrupted.set(call, event.seq)
    if (event.kind === 'call.settled') settle(event)
    if (event.kind !== 'call.admitted') continue
    const { call } = event.body
    if (open.has(call) || ended.has(call)) violations.push(`call ${call} is admitted again by ${event.seq}`)
    open.add(call)
  }
  return [...violations, ...[...open].map((call) => `call ${call} never ends`)]
}
