/**
 * The folders of one program's control groups, over every hierarchy that gives us something: memory, number
 * of processes and share of the processor where controllers are bound, and the unified hierarchy for killing
 * and freezing, which works there without any controller. A limit that cannot be written is not had.
 */
import { mkdirSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Limits } from '../boundary.ts'
import { readControl, writeControl } from './control-file.ts'
import type { Hierarchy } from './hierarchies.ts'
import type { UnifiedParent } from './unified-parent.ts'
import { unifiedParent } from './unified-parent.ts'

/** Where each purpose is served; null where it cannot be. Folders may coincide. */
export interface GroupFolders {
  readonly memory: GroupFolder | null
  readonly pids: GroupFolder | null
  readonly cpu: GroupFolder | null
  /** Counts processor time. */
  readonly time: GroupFolder | null
  /** Freezes, and with version 2 kills. */
  readonly control: GroupFolder | null
  /** All of them, each once. */
  readonly all: readonly string[]
}

/** A group and the version whose file names it has. */
export interface GroupFolder {
  readonly folder: string
  readonly version: 1 | 2
}

/** Where groups can be made. */
export interface GroupParents {
  readonly unified: UnifiedParent | null
  /** Version 1, by controller. */
  readonly legacy: ReadonlyMap<string, string>
  /** Makes a group; throws when it may not. */
  readonly makeFolder: (folder: string) => void
}

/**
 * Processes of our own around a program, which the same limit counts: shells that become it, a sandbox's
 * first process and the bridges in it.
 */
const overheadProcesses = 8
const periodMicros = 100_000

/** Finds where groups can be made below our own. */
export function groupParents(hierarchies: readonly Hierarchy[]): GroupParents {
  const legacy = new Map<string, string>()
  let unified: UnifiedParent | null = null
  for (const hierarchy of hierarchies) {
    if (hierarchy.version === 2) unified = unifiedParent(hierarchy)
    else for (const name of hierarchy.controllers) legacy.set(name, hierarchy.own)
  }
  return { unified, legacy, makeFolder: (folder) => mkdirSync(folder) }
}

/** Every folder in which groups of ours may lie. */
export function parentFolders({ unified, legacy }: GroupParents): readonly string[] {
  return [...new Set([...(unified === null ? [] : [unified.folder]), ...legacy.values()])]
}

/** Makes the groups of one program and writes its limits into them. What fails is left out. */
export function makeGroups(parents: GroupParents, name: string, limits: Limits): GroupFolders {
  const { unified, legacy } = parents
  const made = new Set<string>()
  const make = (parent: string | undefined, version: 1 | 2): GroupFolder | null => {
    if (parent === undefined) return null
    const folder = join(parent, name)
    if (!made.has(folder) && !makeGroup(parents, folder)) return null
    made.add(folder)
    return { folder, version }
  }
  const find = (controller: string): GroupFolder | null =>
    unified?.controllers.includes(controller) === true
      ? make(unified.folder, 2)
      : make(legacy.get(controller), 1)
  const memory = find('memory')
  const pids = find('pids')
  const cpu = limits.cpuPercent === null ? null : find('cpu')
  // Without controllers the unified hierarchy could still kill, but entering it costs every start 11 ms.
  const isFull = unified !== null && unified.controllers.length > 0
  const control = (isFull ? null : find('freezer')) ?? make(unified?.folder, 2) ?? find('freezer')
  const time = control?.version === 2 && counts(control.folder) ? control : find('cpuacct')
  return {
    memory: memory !== null && boundMemory(memory, limits.memoryMiB) ? memory : null,
    pids: pids !== null && boundProcesses(pids, limits.processes) ? pids : null,
    cpu: cpu !== null && boundShare(cpu, limits.cpuPercent ?? 0) ? cpu : null,
    time,
    control,
    all: [...made],
  }
}

function makeGroup({ makeFolder }: GroupParents, folder: string): boolean {
  try {
    makeFolder(folder)
  } catch {
    return false
  }
  if (readControl(folder, 'cgroup.procs') !== null) return true
  // An ordinary folder, in which the system makes no such file.
  rmdirSync(folder)
  return false
}

function counts(folder: string): boolean {
  return readControl(folder, 'cpu.stat')?.includes('usage_usec') === true
}

function boundMemory({ folder, version }: GroupFolder, memoryMiB: number): boolean {
  const bytes = String(memoryMiB * 1_048_576)
  if (version === 1) {
    if (!writeControl(folder, 'memory.limit_in_bytes', bytes)) return false
    // Without swap accounting there is no such file; then what is swapped out is not counted.
    writeControl(folder, 'memory.memsw.limit_in_bytes', bytes)
    return true
  }
  if (!writeControl(folder, 'memory.max', bytes)) return false
  writeControl(folder, 'memory.swap.max', '0')
  // A program half of which is gone is of no use to anybody.
  writeControl(folder, 'memory.oom.group', '1')
  return true
}

function boundProcesses({ folder }: GroupFolder, processes: number): boolean {
  return writeControl(folder, 'pids.max', String(processes + overheadProcesses))
}

function boundShare({ folder, version }: GroupFolder, percent: number): boolean {
  const quota = String(Math.max(1_000, Math.round((percent * periodMicros) / 100)))
  if (version === 2) return writeControl(folder, 'cpu.max', `${quota} ${periodMicros}`)
  return (
    writeControl(folder, 'cpu.cfs_period_us', String(periodMicros)) &&
    writeControl(folder, 'cpu.cfs_quota_us', quota)
  )
}
