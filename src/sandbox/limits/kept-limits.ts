/**
 * Which limits hold on this machine, and for what: said with every program, shown to whoever looks.
 */
import type { Limits } from '../boundary.ts'
import type { GroupFolders } from './group-folders.ts'
import type { KeptLimit } from './limit-group.ts'

/** One entry for each limit that was asked for. */
export function keptLimits(limits: Limits, folders: GroupFolders): readonly KeptLimit[] {
  const kept: (KeptLimit | null)[] = [
    keptMemory(folders),
    keptProcesses(folders),
    { limit: 'openFiles', scope: 'process', detail: 'of each process, as it is meant' },
    limits.cpuPercent === null ? null : keptShare(folders),
    limits.cpuSeconds === null
      ? null
      : {
          limit: 'cpuSeconds',
          scope: 'watched',
          detail: 'all of it together, and each process by the system',
        },
    {
      limit: 'diskMiB',
      scope: 'watched',
      detail: 'stores are measured; temporary folders are as large as they are made',
    },
    { limit: 'fileMiB', scope: 'process', detail: 'whichever process writes it' },
    limits.wallMs === null ? null : { limit: 'wallMs', scope: 'watched', detail: 'by the clock' },
  ]
  return kept.filter((entry) => entry !== null)
}

function keptMemory({ memory }: GroupFolders): KeptLimit {
  if (memory !== null) return { limit: 'memoryMiB', scope: 'tree', detail: `control group ${memory.version}` }
  return {
    limit: 'memoryMiB',
    scope: 'watched',
    detail: 'private memory of each process by the system; of all together only as often as it is looked at',
  }
}

function keptProcesses({ pids }: GroupFolders): KeptLimit {
  if (pids !== null) return { limit: 'processes', scope: 'tree', detail: `control group ${pids.version}` }
  return {
    limit: 'processes',
    scope: 'tree',
    detail: 'per user of a user namespace; without a namespace all processes of the user count',
  }
}

function keptShare({ cpu }: GroupFolders): KeptLimit {
  if (cpu !== null) return { limit: 'cpuPercent', scope: 'tree', detail: `control group ${cpu.version}` }
  return { limit: 'cpuPercent', scope: 'none', detail: 'needs a control group; none can be made here' }
}
