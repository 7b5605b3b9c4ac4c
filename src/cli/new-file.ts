/** New files that are whole and durable, and never in the place of another. */
import { closeSync, fchmodSync, fsyncSync, openSync, writeFileSync } from 'node:fs'

/** Writes a new file for its owner alone, or with `mode`; fails when there is one. Durable on return. */
export function writeNewFile(path: string, text: string, mode: number = 0o600): void {
  const descriptor = openSync(path, 'wx', 0o600)
  try {
    writeFileSync(descriptor, text)
    fchmodSync(descriptor, mode)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
