/**
 * Watches that folders do not grow beyond a bound. Measuring folders takes time, so the file system is asked
 * first: as long as its free room has not shrunk by what the program may still take, it cannot have taken
 * more. Others may give room back meanwhile, so now and then it is measured all the same.
 */
import { statfs } from 'node:fs/promises'
import { deletedUse, diskUse, diskUseOfAll } from './disk-use.ts'

/** A watch that is on. */
export interface DiskWatch {
  /** As last measured; null before that. */
  readonly bytes: number | null
  stop(): void
}

/** What is watched. */
export interface DiskBound {
  readonly folders: readonly string[]
  readonly limitBytes: number
  /** Processes whose deleted files count. */
  readonly members: () => readonly number[]
  /** Called once, with the bytes found. */
  readonly onExceeded: (bytes: number) => void
}

const lookMs = 200
/** Measuring takes at most one part in so many of the time. */
const restsPerMeasurement = 20
/** No longer, when the disk says that the program may have taken more than it may. */
const urgentRestMs = 1_000
const measureAtLeastMs = 2_000

/** Starts watching. Does nothing where there are no folders. */
export function watchDisk({ folders, limitBytes, members, onExceeded }: DiskBound): DiskWatch {
  let bytes: number | null = null
  let free = 0
  let freeAtFirst: number | null = null
  let dueAt = 0
  let measuredAt = 0
  let took = 0
  let isOver = folders.length === 0
  let timer: NodeJS.Timeout | undefined

  const look = async (): Promise<void> => {
    const now = performance.now()
    const freeNow = await freeBytes(folders)
    freeAtFirst ??= freeNow
    const mayHaveGrown = bytes === null || freeNow === null || free - freeNow >= limitBytes - bytes
    const rest = Math.min(took * restsPerMeasurement, mayHaveGrown ? urgentRestMs : Infinity)
    if (now >= measuredAt + rest && (mayHaveGrown || now >= dueAt)) {
      const cpu = process.cpuUsage()
      const lost = freeAtFirst === null || freeNow === null ? 0 : freeAtFirst - freeNow
      const { bytes: found, isOurs } = await measured(folders, limitBytes, lost)
      bytes = found + deletedUse(members())
      free = freeNow ?? 0
      measuredAt = performance.now()
      // On a busy machine most of the time is waiting, which costs nobody anything.
      const { user, system } = process.cpuUsage(cpu)
      took = Math.min(measuredAt - now, isOurs ? (user + system) / 1_000 : Infinity)
      dueAt = measuredAt + measureAtLeastMs
      if (bytes > limitBytes && !isOver) {
        isOver = true
        onExceeded(bytes)
      }
    }
    if (!isOver) timer = setTimeout(look, lookMs).unref()
  }

  // Not at once: many programs have ended by then, and none has written much.
  if (!isOver) timer = setTimeout(look, lookMs).unref()
  return {
    get bytes() {
      return bytes
    },
    stop() {
      isOver = true
      clearTimeout(timer)
    },
  }
}

/**
 * Bytes in the folders, and whether we counted them ourselves. What nobody can count is taken for as much as the disk
 * has lost since the watch began.
 */
async function measured(
  folders: readonly string[],
  limitBytes: number,
  lost: number,
): Promise<{ readonly bytes: number; readonly isOurs: boolean }> {
  const { bytes, isWhole } = await diskUse(folders, limitBytes)
  if (isWhole || bytes > limitBytes) return { bytes, isOurs: true }
  return { bytes: Math.max(bytes, (await diskUseOfAll(folders)) ?? lost), isOurs: false }
}

/** Free on the file systems of these folders together, or null when one does not say. */
async function freeBytes(folders: readonly string[]): Promise<number | null> {
  let sum = 0
  for (const folder of folders) {
    const found = await statfs(folder).catch(() => null)
    if (found === null) return null
    sum += found.bfree * found.bsize
  }
  return sum
}
