/**
 * What a tree of processes uses, summed over /proc. A page that several share is counted with each of them, so
 * the sum of memory is an upper bound; what processes used that have ended is not in it.
 */
import type { ProcessRow } from './process-table.ts'
import { descendantsOf } from './process-table.ts'

const pageBytes = 4096
/** USER_HZ, which Linux has fixed at 100 for everybody who looks from outside. */
const tickMicros = 10_000

/** Use of these processes and everything that descends from them. */
export function treeUse(
  pids: readonly number[],
  rows: readonly ProcessRow[],
): { readonly memoryBytes: number; readonly cpuMicros: number; readonly processes: number } {
  const members = new Set(pids.flatMap((pid) => descendantsOf(pid, rows)))
  const found = rows.filter((row) => members.has(row.pid) && !row.isZombie)
  return {
    memoryBytes: found.reduce((sum, row) => sum + row.residentPages * pageBytes, 0),
    cpuMicros: found.reduce((sum, row) => sum + row.cpuTicks * tickMicros, 0),
    processes: found.length,
  }
}
