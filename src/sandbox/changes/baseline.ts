/**
 * Notices that the folder changed while a program worked on its private view of it. The first time that a
 * change is read, the system's own time of the file, which no program can set, tells whether it was touched
 * since the program began; its state is kept, and from then on only that state counts. So a commit that was
 * undone, or a file that was saved without a difference, is no conflict.
 */
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { sha256Hex } from '../../base/hash.ts'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import type { ThingState } from './change.ts'

/** The state of every path that was ever seen changed, as it was in the folder then. */
export type Baseline = Map<string, string>

/** The system's clock for files may be this far behind ours. */
const clockSlackMs = 20
const jsonLimits = { maxBytes: 67_108_864, maxDepth: 4, maxValues: 400_000 }
const absent = '-'

/** Reads the file that `writeBaseline` wrote; empty when there is none or it makes no sense. */
export function readBaseline(path: string): Baseline {
  try {
    const parsed = parseStrictJson(readFileSync(path), jsonLimits)
    if (!parsed.ok || !isJsonObject(parsed.value)) return new Map()
    const entries = Object.entries(parsed.value)
    return new Map(entries.flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])))
  } catch {
    return new Map()
  }
}

/** Replaces the file as a whole. Throws what the system says. */
export function writeBaseline(path: string, baseline: Baseline): void {
  const made = `${path}.${process.pid}.new`
  try {
    writeFileSync(made, JSON.stringify(Object.fromEntries(baseline)), { mode: 0o600 })
    renameSync(made, path)
  } catch (problem) {
    rmSync(made, { force: true })
    throw problem
  }
}

/** How a state is remembered. */
export function baselineKey(state: ThingState | null): string {
  if (state === null) return absent
  const { kind, mode, bytes, digest, target } = state
  return sha256Hex(JSON.stringify([kind, mode, bytes, digest, target])).slice(0, 32)
}

/** What a change says about its place in the folder. */
export interface Place {
  readonly path: string
  readonly before: ThingState | null
  /** When it was last touched, by the system's clock; 0 when that says nothing. */
  readonly beforeTouchedMs: number
}

/** Why the folder is not what the program saw at `place`, or empty. Remembers what it sees for the first time. */
export function conflictAt(place: Place, baseline: Baseline, startedAtMs: number): string {
  const key = baselineKey(place.before)
  const known = baseline.get(place.path)
  if (known === undefined && place.beforeTouchedMs > startedAtMs + clockSlackMs) {
    return 'it was changed in the folder after the program began'
  }
  if (known === undefined) baseline.set(place.path, key)
  if (known === undefined || known === key) return ''
  if (key === absent) return 'it was removed from the folder meanwhile'
  return known === absent ? 'it was made in the folder meanwhile' : 'it was changed in the folder meanwhile'
}
