/**
 * Limits that the system keeps of each process, and the command prefix that sets them and enters control
 * groups. The prefix is one shell that becomes what follows it: the shell's own `ulimit` costs no process,
 * and a shell that writes 0 into a group's file moves itself before anything else runs.
 */
import { existsSync, readFileSync } from 'node:fs'
import type { Limits } from '../boundary.ts'
import type { ProcessLimits } from './limit-group.ts'

const mebibyte = 1_048_576
/**
 * V8 maps 512 MiB for code that it may make one day, writable, and the system counts them as data. Without this much
 * more no Node program would start below that; what is really used is watched.
 */
const reservedMiB = 640

/**
 * What holds where for a program: the two that groups would keep better only if there are none. Nothing is
 * more than we have ourselves, which without privilege could not be set.
 */
export function processLimits(limits: Limits, has: { memory: boolean; pids: boolean }): ProcessLimits {
  return {
    openFiles: Math.min(limits.openFiles, ownBound('Max open files')),
    fileBytes: Math.min(limits.fileMiB * mebibyte, ownBound('Max file size')),
    // A second later than the watch over all of it, which can say what it was.
    cpuSeconds:
      limits.cpuSeconds === null
        ? null
        : Math.min(Math.ceil(limits.cpuSeconds) + 1, ownBound('Max cpu time')),
    // Not the address space: engines with a just-in-time compiler reserve far more of it than they use.
    dataBytes: has.memory
      ? null
      : Math.min((limits.memoryMiB + reservedMiB) * mebibyte, ownBound('Max data size')),
    processes: has.pids ? null : Math.min(limits.processes, ownBound('Max processes')),
  }
}

let ownLimits: string | null = null

/** Our own hard limit, or infinity. */
function ownBound(name: string): number {
  try {
    ownLimits ??= readFileSync('/proc/self/limits', 'utf8')
  } catch {
    ownLimits = ''
  }
  const line = ownLimits.split('\n').find((row) => row.startsWith(name)) ?? ''
  return Number(/^\s+\S+\s+(\d+)/.exec(line.slice(name.length))?.[1] ?? Infinity)
}

/** Status with which a prefix ends that cannot enter a group or set a limit. */
export const prefixFailure = 71

const enterGroups = `n=$1; shift
while [ "$n" -gt 0 ]; do echo 0 >"$1" || exit ${prefixFailure}; shift; n=$((n-1)); done
`

/**
 * The file of each group by which a process of one thread enters it, with a zero. Version 1 has one for threads, and
 * who moves just its own thread need not wait until the whole system has noticed, which takes 11 ms.
 */
export function entrancesOf(groups: readonly string[]): readonly string[] {
  return groups.map((folder) => `${folder}/${existsSync(`${folder}/tasks`) ? 'tasks' : 'cgroup.procs'}`)
}

/** Enters `groups`, sets what `ulimits` says, and becomes what follows. Empty if there is nothing to do. */
export function enteringPrefix(groups: readonly string[], limits: ProcessLimits | null): readonly string[] {
  if (groups.length === 0 && limits === null) return []
  const ulimits = limits === null ? '' : ulimitScript(limits)
  const files = entrancesOf(groups)
  return ['/bin/sh', '-c', `${enterGroups}${ulimits}exec "$@"`, 'limits', String(files.length), ...files]
}

function ulimitScript({ openFiles, fileBytes, cpuSeconds, dataBytes }: ProcessLimits): string {
  const wanted: readonly (readonly [string, number | null])[] = [
    // A core would hold whatever a program had in memory.
    ['-c', 0],
    ['-n', openFiles],
    // In blocks of 512 bytes, whatever the file system says.
    ['-f', Math.ceil(fileBytes / 512)],
    ['-t', cpuSeconds],
    ['-d', dataBytes === null ? null : Math.ceil(dataBytes / 1_024)],
  ]
  return wanted
    .filter(([, value]) => value !== null)
    .map(([flag, value]) => `ulimit ${flag} ${value} || exit ${prefixFailure}\n`)
    .join('')
}

/** Counts processes inside a user namespace; see `LimitGroup.inside`. */
export function insidePrefix({ processes }: ProcessLimits): readonly string[] {
  return processes === null ? [] : ['prlimit', `--nproc=${processes}`]
}
