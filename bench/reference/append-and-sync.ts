/**
 * The floor under everything durable: one writer that appends the bytes of one operation and waits for
 * `fdatasync`, then takes the next. No gate, no hash, no index; it is what recording each call on its own costs.
 */
import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryFolder } from '../measure/temporary-folder.ts'

/** A file that grows by whole operations. */
export interface DurableAppender {
  /** Appends `bytes` and makes them durable before it returns. */
  append(bytes: Uint8Array): void
  /** Queues behind whatever waits for the one writer; resolves once the bytes are durable. */
  inTurn(bytes: Uint8Array): Promise<void>
  close(): void
}

/** Name of the reference in the tables. */
export const appendAndSyncName = 'append + fdatasync'

/** A writer over a new temporary file. */
export function openAppender(): DurableAppender {
  const folder = temporaryFolder()
  const descriptor = openSync(join(folder.path, 'appended'), 'ax', 0o600)
  const waiting: (() => void)[] = []
  const append = (bytes: Uint8Array): void => {
    writeSync(descriptor, bytes)
    fdatasyncSync(descriptor)
  }
  const takeNext = (): void => {
    waiting[0]?.()
    waiting.shift()
    if (waiting.length > 0) setImmediate(takeNext)
  }
  return {
    append,
    inTurn: (bytes) =>
      new Promise((resolve) => {
        waiting.push(() => {
          append(bytes)
          resolve()
        })
        if (waiting.length === 1) setImmediate(takeNext)
      }),
    close() {
      closeSync(descriptor)
      folder.remove()
    },
  }
}
