/**
 * Limits of what a program uses, by the best means this machine has. Groups are made below our own, so that
 * whatever bounds us bounds what we start; every means is found out by trying, because a control group file
 * system may be there and still be read-only.
 */
import type { Limits, Usage } from '../boundary.ts'
import { readControl, readField, readNumber, readNumbers, writeControl } from './control-file.ts'
import type { GroupFolders, GroupParents } from './group-folders.ts'
import { groupParents, makeGroups, parentFolders } from './group-folders.ts'
import { ownHierarchies } from './hierarchies.ts'
import { keptLimits } from './kept-limits.ts'
import { groupName, removeFolder, sweepLeftovers } from './leftovers.ts'
import type { KeptLimit, LimitGroup, LimitMeans, ProcessLimits } from './limit-group.ts'
import { enteringPrefix, entrancesOf, insidePrefix, processLimits } from './process-limits.ts'
import type { NamedProcess } from './process-tree.ts'
import { usableParents } from './usable-parents.ts'
import { nameProcess, signalProcess, stopTree, treeOf, treeUsage } from './process-tree.ts'

const freezeMs = 100
/** What is being killed may be forking. */
const killRounds = 3
const removeMs = 2_000
const pause = new Int32Array(new SharedArrayBuffer(4))

let parents: Promise<GroupParents> | null = null

/**
 * Begins to find out where groups can be made, once per process of ours, which takes tens of milliseconds: the first
 * program waits for it unless this was called before.
 */
export function readyLimits(): void {
  // Whoever asks for a group hears what went wrong.
  whereGroups().catch(() => {})
}

function whereGroups(): Promise<GroupParents> {
  parents ??= findParents()
  return parents
}

async function findParents(): Promise<GroupParents> {
  const found = groupParents(ownHierarchies())
  sweepLeftovers(parentFolders(found))
  return usableParents(found)
}

/**
 * Makes groups for one program. `name` is for people who look at the groups. Never rejects: what cannot be
 * had here is named in the group's `kept`.
 */
export async function prepareLimits(limits: Limits, name: string): Promise<LimitGroup> {
  return makeLimitGroup(await whereGroups(), limits, name)
}

/** The same with groups made in given places. */
export function makeLimitGroup(where: GroupParents, limits: Limits, name: string): LimitGroup {
  return new Group(limits, makeGroups(where, groupName(name), limits))
}

class Group implements LimitGroup {
  readonly prefix: readonly string[]
  readonly enter: readonly string[]
  readonly entrances: readonly string[]
  readonly inside: readonly string[]
  readonly processLimits: ProcessLimits
  readonly kept: readonly KeptLimit[]
  readonly #folders: GroupFolders
  #roots: readonly NamedProcess[] = []
  #isRemoved = false

  constructor(limits: Limits, folders: GroupFolders) {
    const has = { memory: folders.memory !== null, pids: folders.pids !== null }
    this.#folders = folders
    this.processLimits = processLimits(limits, has)
    this.prefix = enteringPrefix(folders.all, this.processLimits)
    this.enter = enteringPrefix(folders.all, null)
    this.entrances = entrancesOf(folders.all)
    this.inside = insidePrefix(this.processLimits)
    this.kept = keptLimits(limits, folders)
  }

  get means(): LimitMeans {
    const { memory, pids } = this.#folders
    if (memory === null || pids === null) return 'rlimit'
    return memory.version === 2 ? 'cgroup-v2' : 'cgroup-v1'
  }

  enrol(pids: readonly number[]): void {
    this.#roots = pids.map(nameProcess).filter((found) => found !== null)
  }

  usage(): Usage {
    const { memory, pids, time } = this.#folders
    const memoryBytes = memory === null ? null : usedMemory(memory)
    const processes = pids === null ? null : readNumber(pids.folder, 'pids.current')
    const cpuMicros = time === null ? null : usedTime(time)
    if (memoryBytes !== null && processes !== null && cpuMicros !== null) {
      return { memoryBytes, processes, cpuMicros, diskBytes: null }
    }
    const tree = treeUsage(this.#roots)
    return {
      memoryBytes: memoryBytes ?? tree.memoryBytes,
      processes: processes ?? tree.processes,
      cpuMicros: cpuMicros ?? tree.cpuMicros,
      diskBytes: null,
    }
  }

  members(): readonly number[] {
    const folder = this.#folders.control?.folder ?? this.#folders.pids?.folder
    return folder === undefined ? treeOf(this.#roots) : readNumbers(folder, 'cgroup.procs')
  }

  freeze(): boolean {
    const { control } = this.#folders
    if (control === null) return stopTree(this.#roots).length > 0
    const [file, order] = control.version === 2 ? ['cgroup.freeze', '1'] : ['freezer.state', 'FROZEN']
    if (!writeControl(control.folder, file, order)) return false
    for (const deadline = performance.now() + freezeMs; performance.now() < deadline;) {
      if (isFrozen(control)) return true
      Atomics.wait(pause, 0, 0, 1)
    }
    return false
  }

  thaw(): void {
    const { control } = this.#folders
    if (control === null) for (const pid of treeOf(this.#roots)) signalProcess(pid, 'SIGCONT')
    else if (control.version === 2) writeControl(control.folder, 'cgroup.freeze', '0')
    else writeControl(control.folder, 'freezer.state', 'THAWED')
  }

  killAll(): void {
    const { control } = this.#folders
    if (control?.version === 2 && writeControl(control.folder, 'cgroup.kill', '1')) return
    // Without a group what cannot be killed at once is first stopped, so that it starts nothing in the meantime. A
    // group of the old kind is not frozen for that: what is frozen cannot die, and if we were killed ourselves before
    // we thawed it, it never would.
    const stopped = control === null ? stopTree(this.#roots) : []
    for (const pid of stopped) signalProcess(pid, 'SIGKILL')
    for (let round = 0; round < killRounds; round++) {
      const left = this.members()
      for (const pid of left) signalProcess(pid, 'SIGKILL')
      // Whoever froze it before wants it dead now, and not when somebody thaws it.
      if (control !== null) this.thaw()
      if (left.length === 0) return
    }
  }

  oomKilled(): boolean {
    const { memory } = this.#folders
    if (memory === null) return false
    const file = memory.version === 2 ? 'memory.events' : 'memory.oom_control'
    return (readField(memory.folder, file, 'oom_kill') ?? 0) > 0
  }

  async remove(): Promise<void> {
    if (this.#isRemoved) return
    this.#isRemoved = true
    const left = new Set(this.#folders.all)
    for (const deadline = performance.now() + removeMs; left.size > 0;) {
      for (const folder of left) if (removeFolder(folder)) left.delete(folder)
      if (left.size === 0 || performance.now() >= deadline) return
      this.killAll()
      await new Promise((resolve) => {
        setTimeout(resolve, 2)
      })
    }
  }
}

type Folder = NonNullable<GroupFolders['memory']>

/** Without what the system keeps of files only because nobody else wants the room. */
function usedMemory({ folder, version }: Folder): number | null {
  const used = readNumber(folder, version === 2 ? 'memory.current' : 'memory.usage_in_bytes')
  const files = readField(folder, 'memory.stat', version === 2 ? 'inactive_file' : 'total_inactive_file')
  return used === null ? null : Math.max(0, used - (files ?? 0))
}

function usedTime({ folder, version }: Folder): number | null {
  if (version === 2) return readField(folder, 'cpu.stat', 'usage_usec')
  const nanos = readNumber(folder, 'cpuacct.usage')
  return nanos === null ? null : Math.floor(nanos / 1_000)
}

function isFrozen({ folder, version }: Folder): boolean {
  if (version === 2) return readField(folder, 'cgroup.events', 'frozen') === 1
  return readControl(folder, 'freezer.state')?.trim() === 'FROZEN'
}
