/**
 * Durations and rates as people type them: `90s`, `15m`, `1h`, `7d`; `10/1m` is ten in any minute. Kept to
 * whole numbers with one unit, so that what is typed has one meaning.
 */
import type { Rate } from '../kernel/capability/terms.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'

const unitMs: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** Milliseconds of a duration such as `1h`; at most ten years. */
export function parseDuration(text: string): Result<number, string> {
  const match = /^([1-9]\d{0,9})(ms|s|m|h|d)$/.exec(text)
  const unit = match?.[2] === undefined ? undefined : unitMs[match[2]]
  if (match?.[1] === undefined || unit === undefined) {
    return err(`"${text}" is not a duration; write for example 90s, 15m, 1h or 7d`)
  }
  const ms = Number(match[1]) * unit
  if (ms > 3_660 * 86_400_000) return err(`"${text}" is longer than ten years`)
  return ok(ms)
}

/** A rate such as `10/1m`. */
export function parseRate(text: string): Result<Rate, string> {
  const match = /^([1-9]\d{0,8})\/(.+)$/.exec(text)
  if (match?.[1] === undefined || match[2] === undefined) {
    return err(`"${text}" is not a rate; write for example 10/1m for ten in any minute`)
  }
  const window = parseDuration(/^\d/.test(match[2]) ? match[2] : `1${match[2]}`)
  return window.ok ? ok({ count: Number(match[1]), perMs: window.value }) : window
}

/** A duration for people, in its largest whole unit. */
export function showDuration(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = unitMs[unit] ?? 1
    if (ms >= size && ms % size === 0) return `${ms / size}${unit}`
  }
  if (ms === 0) return '0s'
  return ms >= 10_000 ? `${Math.round(ms / 1000)}s` : `${ms}ms`
}

/** An instant for people and machines alike: ISO 8601 in UTC. */
export function showInstant(ms: number): string {
  return Number.isFinite(ms) && Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : String(ms)
}
