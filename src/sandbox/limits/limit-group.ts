/**
 * What holds a program to its limits, whatever this machine has for that: control groups of either version,
 * or limits of the process alone. Which limits hold, and for what, is said with each of them, because the
 * honest answer differs from machine to machine and a limit that is not kept must not look kept.
 */
import type { Limits, Usage } from '../boundary.ts'

/** What the groups are made of: memory and processes counted for all of it together, or each process alone. */
export type LimitMeans = 'cgroup-v2' | 'cgroup-v1' | 'rlimit'

/** Limits of one process, as `setrlimit` knows them, inherited by what it starts. */
export interface ProcessLimits {
  /** `RLIMIT_NOFILE`. */
  readonly openFiles: number
  /** `RLIMIT_FSIZE`, in bytes. */
  readonly fileBytes: number
  /** `RLIMIT_CPU`, or null. */
  readonly cpuSeconds: number | null
  /** `RLIMIT_DATA`, in bytes, where nothing counts the memory of all processes together; else null. */
  readonly dataBytes: number | null
  /** `RLIMIT_NPROC`, where nothing counts the processes; else null. */
  readonly processes: number | null
}

/** What a limit holds for. */
export type LimitScope =
  | 'tree' // all of it together, kept by the system
  | 'watched' // all of it together, looked at a few times a second and ended when it is exceeded
  | 'process' // each process by itself
  | 'none' // not kept here

/** One limit and what keeps it. */
export interface KeptLimit {
  readonly limit: keyof Limits
  readonly scope: LimitScope
  /** In a few words, for people. */
  readonly detail: string
}

/** Groups that were made for one program. The maker owns them and must `remove` them in the end. */
export interface LimitGroup {
  readonly means: LimitMeans
  /**
   * Command prefix that enters the groups, sets the limits of the process and becomes what follows it; when it
   * cannot, it ends with status 71 and starts nothing. Must be run as the one who made the groups; what follows
   * may change its user. One `exec`, about a third of a millisecond.
   */
  readonly prefix: readonly string[]
  /** The same without the limits of the process, for a rung that passes `processLimits` on in its own way. */
  readonly enter: readonly string[]
  /** Files to which a process writes `0` to enter the groups by itself; for a rung whose first program can do that. */
  readonly entrances: readonly string[]
  /**
   * Command prefix to be run inside, after the last user namespace was made and before the program. It counts
   * processes where no group does: set outside, it would count all processes of the user. Often empty.
   */
  readonly inside: readonly string[]
  readonly processLimits: ProcessLimits
  /** One entry for each limit that was asked for. */
  readonly kept: readonly KeptLimit[]
  /** Names the outermost processes, so that use can be counted where there is no group. */
  enrol(pids: readonly number[]): void
  /** What all of it uses now; `diskBytes` is null, see `watchDisk`. Never throws. */
  usage(): Usage
  /** Live processes in the groups, in our own numbering; or, without groups, what descends from the enrolled. */
  members(): readonly number[]
  /** Stops all of it where it stands. False when that cannot be had here, or did not happen within 100 ms. */
  freeze(): boolean
  thaw(): void
  /** Kills all of it and waits for nothing. Atomic against forks where there is a group. Idempotent, never throws. */
  killAll(): void
  /** Whether the system ended something of it because there was no memory left for it. */
  oomKilled(): boolean
  /** Kills what is left and takes the groups away. Never rejects; what does not go within 2 s is left for the next sweep. */
  remove(): Promise<void>
}
