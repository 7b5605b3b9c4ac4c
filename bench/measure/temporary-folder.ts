/**
 * Where benchmarks write: folders beside each other under the system's temporary folder, so that ours and the
 * references use the same disk. Whatever happens, they are gone when the process ends.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder of its own with mode 0700. */
export interface TemporaryFolder {
  readonly path: string
  remove(): void
}

/** Makes one. Set `TMPDIR` to measure another disk. */
export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'custos-bench-'))
  const remove = (): void => rmSync(path, { recursive: true, force: true })
  process.once('exit', remove)
  return {
    path,
    remove() {
      process.off('exit', remove)
      remove()
    },
  }
}
