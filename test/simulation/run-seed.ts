/**
 * Runs one seed from beginning to end and says what came of it. The same seed always gives the same report,
 * down to the digest of everything that crossed a wire or reached the disk.
 */
import { sha256Hex } from '../../src/base/hash.ts'
import { demandPeace } from './peace.ts'
import { Violation } from './oracle/violation.ts'
import { countSometimes } from './sometimes.ts'
import { liveIn, worldsOf } from './world/realm.ts'
import type { World } from './world/world.ts'

/** What came of one seed. */
export interface SeedReport {
  readonly seed: number
  /** Faults that the world injected. */
  readonly faults: number
  readonly events: number
  /** What was violated, or null. */
  readonly violation: string | null
  /** SHA-256 in hex of the trace. */
  readonly digest: string
  readonly sometimes: ReadonlyMap<string, number>
}

/** Lives through one seed. Never rejects: whatever goes wrong is in the report. */
export async function runSeed(seed: number): Promise<SeedReport> {
  const worlds = worldsOf(seed)
  const real = globalThis.queueMicrotask
  globalThis.queueMicrotask = (task) => worlds[0]?.scheduler.microtask(task)
  let violation: string | null = null
  try {
    await liveIn(worlds, 150 + (seed % 7) * 35)
    for (const world of worlds) await demandPeace(world)
    for (const world of worlds) countSometimes(world)
  } catch (error) {
    violation = describe(error)
  } finally {
    globalThis.queueMicrotask = real
  }
  return {
    seed,
    faults: worlds.reduce((sum, { faults }) => sum + faults, 0),
    events: worlds.reduce((sum, { oracle }) => sum + oracle.durable, 0),
    violation,
    digest: sha256Hex(worlds.map(({ oracle }) => oracle.digest()).join(' ')),
    sometimes: together(worlds),
  }
}

function together(worlds: readonly World[]): ReadonlyMap<string, number> {
  const all = new Map<string, number>(worlds.length > 2 ? [['domains side by side', 1]] : [])
  for (const { sometimes } of worlds)
    for (const [name, count] of sometimes) all.set(name, (all.get(name) ?? 0) + count)
  return all
}

function describe(error: unknown): string {
  if (error instanceof Violation) return error.message
  return `fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}
