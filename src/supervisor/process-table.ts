/**
 * The operating system's processes, read from /proc. Containment by process group needs it to find what left
 * the group, and every containment uses it to check that a killed tree is really gone. On a system without
 * /proc everything here finds nothing, which callers must treat as "not known".
 */
import { readdirSync, readFileSync } from 'node:fs'

/** The environment variable by which everything a unit starts can be recognised. */
export const unitVariable = 'CUSTOS_UNIT'

const unitPrefix = `${unitVariable}=`

/** One process as /proc shows it. */
export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly group: number
  /** Kernel ticks since boot; with the pid it names a process for ever. */
  readonly startedAt: string
  readonly isZombie: boolean
  readonly residentPages: number
  /** Processor time in hundredths of a second. */
  readonly cpuTicks: number
}

/** Reads one process, or null when there is none. */
export function readProcess(pid: number): ProcessRow | null {
  const stat = readProc(`${pid}/stat`)
  // The name in parentheses is the process's own choice; what follows the last one is the system's.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent, group] = fields
  if (state === undefined || parent === undefined || group === undefined) return null
  const isZombie = state === 'Z' || state === 'X'
  return {
    pid,
    parent: Number(parent),
    group: Number(group),
    startedAt: fields[19] ?? '',
    isZombie,
    residentPages: Number(fields[21] ?? 0),
    cpuTicks: Number(fields[11] ?? 0) + Number(fields[12] ?? 0),
  }
}

/** Every process there is. */
export function readProcesses(): readonly ProcessRow[] {
  const rows: ProcessRow[] = []
  for (const pid of processIds()) {
    const row = readProcess(pid)
    if (row !== null) rows.push(row)
  }
  return rows
}

/** Children of a process that has one thread, in no order. */
export function childrenOf(pid: number): readonly number[] {
  return readProc(`${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number)
}

/** Live processes whose environment carries a unit mark that starts with `mark`. Zombies carry none. */
export function markedProcesses(mark: string): readonly number[] {
  const wanted = `${unitVariable}=${mark}`
  return processIds().filter((pid) => {
    const environment = readProc(`${pid}/environ`)
    return environment.startsWith(wanted) || environment.includes(`\0${wanted}`)
  })
}

/** Every live process that carries a unit's mark, by mark: one look at all there are. */
export function unitMarks(): ReadonlyMap<string, readonly number[]> {
  const found = new Map<string, number[]>()
  for (const pid of processIds()) {
    const environment = readProc(`${pid}/environ`)
    const mark = `\0${environment}`.split(`\0${unitPrefix}`)[1]?.split('\0')[0]
    if (mark === undefined) continue
    found.set(mark, [...(found.get(mark) ?? []), pid])
  }
  return found
}

/** `pid` and everything that descends from it, as far as the living parents still show. */
export function descendantsOf(pid: number, rows: readonly ProcessRow[]): readonly number[] {
  const found = [pid]
  for (const parent of found) {
    for (const row of rows) if (row.parent === parent && !row.isZombie) found.push(row.pid)
  }
  return found
}

/** The parents of a process, nearest first. */
export function ancestorsOf(pid: number): readonly number[] {
  const found: number[] = []
  for (let row = readProcess(pid); row !== null && row.parent > 0; row = readProcess(row.parent)) {
    found.push(row.parent)
  }
  return found
}

function processIds(): readonly number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

function readProc(name: string): string {
  try {
    return readFileSync(`/proc/${name}`, 'latin1')
  } catch {
    return ''
  }
}
