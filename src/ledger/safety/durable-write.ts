/** Opening and writing a file of a disk, as promises with the ledger's problems. */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Disk, DiskFile } from '../port.ts'
import type { LedgerProblem } from '../problem.ts'
import { problem } from '../problem.ts'

/** The file of that name, made with `length` zeros if there is none. */
export function openOrCreate(
  disk: Disk,
  name: string,
  length: number,
): Promise<Result<DiskFile, LedgerProblem>> {
  return new Promise((resolve) => {
    const existing = disk.open(name)
    if (existing !== null) return resolve(ok(existing))
    disk.create(name, length, (result) => {
      resolve('code' in result ? err(problem('disk', name, 0, result.message)) : ok(result))
    })
  })
}

/** Writes and makes durable. */
export function writeTo(
  file: DiskFile,
  offset: number,
  bytes: Uint8Array,
): Promise<Result<null, LedgerProblem>> {
  return new Promise((resolve) => {
    file.write(offset, bytes, (failure) => {
      resolve(failure === null ? ok(null) : err(problem('disk', file.name, offset, failure.message)))
    })
  })
}
