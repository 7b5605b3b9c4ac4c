/**
 * What a boundary is, in words that every rung of the ladder can keep: which files are there, which can be
 * written, which sockets of ours lead out, and how much of the machine may be used. A boundary is made by the
 * system from manifests, grants and a person's command line; what it does not name is not there. There is no
 * network in it but the two sockets, and nothing in it says how a rung brings it about.
 */
import type { ChildProcess, StdioOptions } from 'node:child_process'
import type { Result } from '../base/result.ts'

/** The ways to hold a program, strongest first. */
export type Rung = 'gvisor' | 'bubblewrap' | 'landlock'

/** A folder that is seen at its own path, whose changes go to a store of their own and not to the folder. */
export interface CopyOnWriteView {
  /** Canonical absolute path of the folder. */
  readonly path: string
  /** Absolute path of a private folder of ours that keeps the changes; made when it is missing. */
  readonly store: string
  /** Nobody looks at its changes when the program is over, so they need not outlive the machine's end either. */
  readonly isThrownAway?: true
}

/** How much a program may use. Null means without a bound of its own. */
export interface Limits {
  /** Resident memory of all of it together. */
  readonly memoryMiB: number
  /** Processes and threads at once. */
  readonly processes: number
  /** Open descriptors of each process. */
  readonly openFiles: number
  /** Share of one processor; 200 is two of them. */
  readonly cpuPercent: number | null
  /** Processor time altogether. */
  readonly cpuSeconds: number | null
  /** Bytes in its temporary folders and in its copy-on-write stores together. */
  readonly diskMiB: number
  /** Largest single file. */
  readonly fileMiB: number
  readonly wallMs: number | null
}

/** What a program may touch. Paths are absolute and canonical. */
export interface Boundary {
  /** Seen read-only at their own paths; `/` is the whole host but for what is hidden. System folders are always there. */
  readonly readable: readonly string[]
  /** Seen, and written in place. */
  readonly writable: readonly string[]
  readonly views: readonly CopyOnWriteView[]
  /** Covered with emptiness, whatever else is said. Keys, credentials and our own state are added by the system. */
  readonly hidden: readonly string[]
  /** The whole environment; nothing is inherited. The rung adds what its own bridges need. */
  readonly environment: { readonly [name: string]: string }
  readonly cwd: string
  readonly sockets: {
    /** The egress proxy's socket for this program alone: the only way to the network. */
    readonly egress?: string
    /** The kernel's socket for agents. */
    readonly agent?: string
  }
  /** PEM text of the authority that the egress proxy signs with; programs are told to trust it. */
  readonly authority?: string
  readonly limits: Limits
  /** `inherit` keeps the controlling terminal of whoever starts it. */
  readonly terminal: 'none' | 'inherit'
}

/** A program to be run inside a boundary. */
export interface ConfinedCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly stdio: StdioOptions
  /**
   * Called when the boundary stands and the program in it has not begun, with the processes whose death ends
   * all of it. It begins when the promise resolves, and never if it rejects.
   */
  readonly beforeStart?: (pids: readonly number[]) => Promise<void>
}

/** How a program ended. */
export interface End {
  /** Exit status, or null when a signal ended it. */
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  /** Which limit ended it, if one did: `memory`, `processor time`, `wall time`, …; else empty. */
  readonly limit: string
}

/** What a program uses. A number that cannot be had here is null. */
export interface Usage {
  readonly memoryBytes: number | null
  readonly cpuMicros: number | null
  readonly processes: number | null
  readonly diskBytes: number | null
}

/** A program that runs inside a boundary. */
export interface Confined {
  readonly rung: Rung
  /** The outermost process; its standard streams are the program's. */
  readonly child: ChildProcess
  /** Killing these kills all of it; empty before it stands. */
  readonly pids: readonly number[]
  /** Settles once everything inside is gone and what was mounted and made for it is cleared away. Never rejects. */
  readonly ended: Promise<End>
  usage(): Usage
  /** Kills the whole tree and does not wait. Idempotent, never throws. */
  kill(): void
}

/** Starts programs on one rung. */
export interface Confiner {
  readonly rung: Rung
  /** Finds out ahead, where that takes time, what the first start would find out. Never throws. */
  ready?(): void
  /** Starts `what` inside `boundary`. Whatever of the boundary cannot be brought about is an error, never left out. */
  start(boundary: Boundary, what: ConfinedCommand): Promise<Result<Confined, string>>
}
