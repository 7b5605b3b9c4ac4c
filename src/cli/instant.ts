/**
 * Instants as people type them: `2026-11-20T09:00`, `2026-11-20`, or how long ago, `2h`. Without a zone it is UTC, as
 * everything that Custos prints, so that an instant can be copied from one command to the next.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { parseDuration } from './duration.ts'

const written = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(:\d{2}(?:\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})?)?$/

/** Milliseconds of an instant; `nowMs` is what a duration is counted back from. */
export function parseInstant(text: string, nowMs: number): Result<number, string> {
  const ago = parseDuration(text)
  if (ago.ok) return ok(Math.max(0, nowMs - ago.value))
  const [, day, time = '00:00', seconds = ':00', zone = 'Z'] = written.exec(text) ?? []
  const ms = day === undefined ? NaN : Date.parse(`${day}T${time}${seconds}${zone}`)
  const isReal = day !== undefined && isDay(day)
  if (!Number.isFinite(ms) || ms < 0 || !isReal)
    return err(
      `"${text}" is not an instant; write for example 2026-11-20T09:00 (UTC), 2026-11-20 or 2h (ago)`,
    )
  return ok(ms)
}

/** False for days that no calendar has, which `Date` takes for days of the next month. */
function isDay(day: string): boolean {
  const at = new Date(`${day}T00:00:00Z`)
  return Number.isFinite(at.getTime()) && at.toISOString().startsWith(day)
}
