/**
 * Keeps the limits that the system does not keep for a whole program: looks at what it uses a few times a
 * second, and says once which limit is exceeded. Whoever asked ends the program.
 */
import type { Limits, Usage } from '../boundary.ts'
import type { LimitGroup } from './limit-group.ts'
import { watchDisk } from './watch-disk.ts'

/** A watch that is on. */
export interface LimitWatch {
  /** What the group says, with the disk as last measured. */
  usage(): Usage
  /** Idempotent. */
  stop(): void
}

/** What is watched. */
export interface Watched {
  readonly group: LimitGroup
  readonly limits: Limits
  /** Stores whose size counts; may be missing yet. */
  readonly folders: readonly string[]
  /** Called at most once: `memory`, `processor time`, `wall time` or `disk`. */
  readonly onExceeded: (limit: string) => void
}

const lookMs = 100
/** A longer one would go off at once. */
const longestTimerMs = 2_147_483_647
const mebibyte = 1_048_576

/** Starts watching, from now on. */
export function watchLimits({ group, limits, folders, onExceeded }: Watched): LimitWatch {
  let isOver = false
  const exceeded = (limit: string): void => {
    if (isOver) return
    stop()
    onExceeded(limit)
  }
  const disk = watchDisk({
    folders,
    limitBytes: limits.diskMiB * mebibyte,
    members: () => group.members(),
    onExceeded: () => exceeded('disk'),
  })
  const timer = setInterval(() => {
    const limit = exceededLimit(group, limits)
    if (limit !== null) exceeded(limit)
  }, lookMs).unref()
  const clock =
    limits.wallMs === null
      ? undefined
      : setTimeout(exceeded, Math.min(limits.wallMs, longestTimerMs), 'wall time').unref()

  const stop = (): void => {
    isOver = true
    clearInterval(timer)
    clearTimeout(clock)
    disk.stop()
  }
  return { usage: () => ({ ...group.usage(), diskBytes: disk.bytes }), stop }
}

/** Which limit that is only looked at has been exceeded, or null. */
export function exceededLimit(group: LimitGroup, limits: Limits): string | null {
  if (group.oomKilled()) return 'memory'
  const isMemoryWatched = group.kept.some(({ limit, scope }) => limit === 'memoryMiB' && scope === 'watched')
  if (!isMemoryWatched && limits.cpuSeconds === null) return null
  const { memoryBytes, cpuMicros } = group.usage()
  if (isMemoryWatched && (memoryBytes ?? 0) > limits.memoryMiB * mebibyte) return 'memory'
  if (limits.cpuSeconds !== null && (cpuMicros ?? 0) > limits.cpuSeconds * 1_000_000) return 'processor time'
  return null
}
