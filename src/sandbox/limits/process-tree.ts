/**
 * What descends from a process, and what it uses, as /proc shows it: for machines without control groups. A
 * process that left its parents is not found so; inside a pid namespace none can, because its first process
 * inherits them.
 */
import { readdirSync, readFileSync } from 'node:fs'
import type { Usage } from '../boundary.ts'

interface Row {
  readonly pid: number
  readonly parent: number
  readonly startedAt: string
  /** Hundredths of a second, with those of children that were waited for. */
  readonly ticks: number
}

/** A process named for ever: numbers are used again, start times are not. */
export interface NamedProcess {
  readonly pid: number
  readonly startedAt: string
}

const microsPerTick = 10_000

/** Names a living process, or null. */
export function nameProcess(pid: number): NamedProcess | null {
  const row = readRow(pid)
  return row === null ? null : { pid, startedAt: row.startedAt }
}

/** These and everything that descends from them. */
export function treeOf(roots: readonly NamedProcess[]): readonly number[] {
  return rowsOf(roots).map(({ pid }) => pid)
}

/** What these and everything that descends from them use. */
export function treeUsage(roots: readonly NamedProcess[]): Usage {
  let memoryBytes = 0
  let processes = 0
  let ticks = 0
  for (const row of rowsOf(roots)) {
    const status = readProc(row.pid, 'status')
    memoryBytes += 1_024 * Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0)
    processes += Number(/^Threads:\s+(\d+)/m.exec(status)?.[1] ?? 0)
    ticks += row.ticks
  }
  return { memoryBytes, cpuMicros: ticks * microsPerTick, processes, diskBytes: null }
}

/** Sends a signal; what is gone is gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone.
  }
}

/** Stops all of a tree, in as many rounds as it takes until nothing new shows, and returns what it stopped. */
export function stopTree(roots: readonly NamedProcess[]): readonly number[] {
  const stopped = new Set<number>()
  for (let round = 0; round < 20; round++) {
    const fresh = treeOf(roots).filter((pid) => !stopped.has(pid))
    if (fresh.length === 0) break
    for (const pid of fresh) signalProcess(pid, 'SIGSTOP')
    for (const pid of fresh) stopped.add(pid)
  }
  return [...stopped]
}

function rowsOf(roots: readonly NamedProcess[]): readonly Row[] {
  const children = Map.groupBy(readRows(), ({ parent }) => parent)
  const found = roots.flatMap(({ pid, startedAt }) => {
    const row = readRow(pid)
    return row?.startedAt === startedAt ? [row] : []
  })
  const seen = new Set(found.map(({ pid }) => pid))
  for (const { pid } of found) {
    for (const child of children.get(pid) ?? []) {
      if (seen.has(child.pid)) continue
      seen.add(child.pid)
      found.push(child)
    }
  }
  return found
}

function readRows(): readonly Row[] {
  let names: readonly string[] = []
  try {
    names = readdirSync('/proc')
  } catch {
    // Nothing is known of processes here.
  }
  return names.flatMap((name) => {
    const row = /^\d+$/.test(name) ? readRow(Number(name)) : null
    return row === null ? [] : [row]
  })
}

function readRow(pid: number): Row | null {
  const stat = readProc(pid, 'stat')
  // The name in parentheses is the process's own choice; what follows the last one is the system's.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, parent] = fields
  if (state === undefined || parent === undefined || state === 'Z' || state === 'X') return null
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { pid, parent: Number(parent), startedAt: fields[19] ?? '', ticks }
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}
