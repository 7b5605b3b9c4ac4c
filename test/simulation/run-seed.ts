/**
 * Runs one seed from beginning to end and says what came of it. The same seed always gives the same report,
 * down to the digest of everything that crossed a wire or reached the disk.
 */
import { demandPeace } from './peace.ts'
import { Violation } from './oracle/violation.ts'
import { countSometimes } from './sometimes.ts'
import { World } from './world/world.ts'

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
  const world = new World(seed)
  const real = globalThis.queueMicrotask
  globalThis.queueMicrotask = (task) => world.scheduler.microtask(task)
  let violation: string | null = null
  try {
    await world.live(100 + (seed % 7) * 25)
    await demandPeace(world)
    countSometimes(world)
  } catch (error) {
    violation = describe(error)
  } finally {
    globalThis.queueMicrotask = real
  }
  const { faults, sometimes, oracle } = world
  return { seed, faults, events: oracle.durable, violation, digest: oracle.digest(), sometimes }
}

function describe(error: unknown): string {
  if (error instanceof Violation) return error.message
  return `fault: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
}
