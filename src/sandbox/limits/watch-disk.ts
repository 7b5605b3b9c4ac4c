/**
 * Watches that folders do not grow beyond a bound. Measuring folders takes time, so the file system is asked
 * first: as long as its free room has not shrunk by what the program may still take, it cannot have taken
 * more. Others may give room back meanwhile, so now and then it is measured all the same.
 */
import { statfs } from 'node:fs/promises'
import { deletedUse, diskUse } from './disk-use.ts'

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
/** Measuring may take at most this share of the time. */
const restsPerMeasurement = 20
const measureAtLeastMs = 2_000

/** Starts watching. Does nothing where there are no folders. */
export function watchDisk({ folders, limitBytes, members, onExceeded }: DiskBound): DiskWatch {
  let bytes: number | null = null
  let free = 0
  let dueAt = 0
  let restUntil = 0
  let isOver = folders.length === 0
  let timer: NodeJS.Timeout | undefined

  const look = async (): Promise<void> => {
    const now = performance.now()
    const freeNow = await freeBytes(folders)
    const mayHaveGrown = bytes === null || freeNow === null || free - freeNow >= limitBytes - bytes
    if (now >= restUntil && (mayHaveGrown || now >= dueAt)) {
      bytes = (await diskUse(folders, limitBytes)) + deletedUse(members())
      free = freeNow ?? 0
      const took = performance.now() - now
      restUntil = performance.now() + took * restsPerMeasurement
      dueAt = performance.now() + measureAtLeastMs
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
