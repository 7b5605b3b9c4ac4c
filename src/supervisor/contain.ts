/**
 * Starting a process so that it can be ended for certain, with everything it started, and so that all of it
 * dies when the supervisor dies, of whatever. A program of an agent or a driver may leave its process group,
 * its session and its parent; it cannot leave a pid namespace, which the system empties when its first
 * process dies. So on Linux that is what is used:
 *
 *     supervisor → setpriv (dies with its parent) → unshare (kills its child when it dies)
 *       → sh, first in the namespace, which reaps orphans → the program
 *
 * Where namespaces are not to be had, a process group is killed and /proc is searched for what left it, by an
 * environment variable and by descent; a program that sheds both escapes. What is in force is reported, not
 * hidden. None of this is a sandbox: it limits for how long a program runs, not what it may touch.
 */
import type { StdioOptions } from 'node:child_process'
import { ChildProcess, spawn, spawnSync } from 'node:child_process'
import {
  ancestorsOf,
  childrenOf,
  descendantsOf,
  markedProcesses,
  readProcess,
  readProcesses,
  unitVariable,
} from './process-table.ts'

/** How a unit is held. */
export type Containment =
  | 'pid-namespace' // made with privilege
  | 'user-pid-namespace' // made in a user namespace of its own
  | 'process-group' // neither is to be had here
  | 'tethered' // our own process: ends with the supervisor, starts nothing

/** What to start. */
export interface ContainedCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  /** The whole environment; the unit's mark is added. */
  readonly env: NodeJS.ProcessEnv
  readonly stdio: StdioOptions
  /** Unique to this start. */
  readonly mark: string
}

/** A process that was started, and its way out. */
export interface ContainedProcess {
  readonly child: ChildProcess
  readonly mark: string
  readonly containment: Containment
  /** Settles once with how it ended, in a few words. Never rejects. */
  readonly exited: Promise<string>
}

const killedWithParent = ['setpriv', '--pdeathsig', 'KILL'] as const
const namespaces: readonly { readonly containment: Containment; readonly command: readonly string[] }[] = [
  { containment: 'pid-namespace', command: ['unshare', '--mount-proc'] },
  { containment: 'user-pid-namespace', command: ['unshare', '--user', '--map-current-user', '--mount-proc'] },
  // Where /proc may not be mounted anew, the old one shows other processes; they still cannot be signalled.
  { containment: 'user-pid-namespace', command: ['unshare', '--user', '--map-current-user'] },
].map(({ containment, command }) => ({
  containment: containment as Containment,
  command: [...command, '--pid', '--fork', '--kill-child=SIGKILL'],
}))
/** First in the namespace: it stays, so that it and not the program inherits and reaps orphans. */
const reaper = ['/bin/sh', '-c', '"$@"; exit $?', 'unit'] as const
/**
 * Without a namespace: waits until descriptor 3 closes, which it does when the supervisor dies, then kills
 * what carries the unit's mark, until a look finds nothing more that was born meanwhile, and its own
 * process group.
 */
const watch = `(
  cat <&3 >/dev/null
  read -r self rest </proc/self/stat
  for look in $(seq 100); do
    killed=
    for found in $(grep -lsz "^${unitVariable}=$${unitVariable}$" /proc/[0-9]*/environ); do
      pid=\${found#/proc/}; pid=\${pid%/environ}
      [ "$pid" = "$self" ] || ! kill -9 "$pid" || killed=1
    done 2>/dev/null
    [ "$killed" ] || break
  done
  kill -9 0
) &
exec 3<&-
exec "$@"`
const guardian = ['/bin/sh', '-c', watch, 'unit'] as const

interface Means {
  readonly containment: Containment
  readonly prefix: readonly string[]
  readonly tether: readonly string[]
}

let means: Means | null = null

/** What this machine offers, found out by trying, once per process: a few milliseconds, synchronously. */
export function availableContainment(): Containment {
  return findMeans().containment
}

function findMeans(): Means {
  means ??= tryMeans()
  return means
}

function tryMeans(): Means {
  const tether = works([...killedWithParent, 'true']) ? killedWithParent : []
  if (tether.length > 0) {
    for (const { containment, command } of namespaces) {
      const prefix = [...killedWithParent, ...command, ...reaper]
      if (works([...prefix, 'true'])) return { containment, prefix, tether }
    }
  }
  return { containment: 'process-group', prefix: [...tether, ...guardian], tether }
}

function works([command, ...args]: readonly string[]): boolean {
  return command !== undefined && spawnSync(command, args, { stdio: 'ignore', timeout: 5_000 }).status === 0
}

/** Starts something that is not ours, with the strongest containment there is, or with the given one. */
export function startContained(what: ContainedCommand, wanted?: 'process-group'): ContainedProcess {
  const found = findMeans()
  const containment = wanted ?? found.containment
  const prefix = containment === 'process-group' ? [...found.tether, ...guardian] : found.prefix
  // The guardian's descriptor 3; inside a namespace nobody needs it.
  const stdio = containment === 'process-group' ? [...(what.stdio as string[]), 'pipe' as const] : what.stdio
  return start({ ...what, stdio: stdio as StdioOptions }, prefix, containment)
}

/** Starts a process of ours, which ends when the supervisor does and starts nothing itself. */
export function startTethered(what: ContainedCommand): ContainedProcess {
  return start(what, findMeans().tether, 'tethered')
}

function start(
  what: ContainedCommand,
  prefix: readonly string[],
  containment: Containment,
): ContainedProcess {
  const child = spawned(what, [...prefix, what.command, ...what.args])
  const { promise: exited, resolve } = Promise.withResolvers<string>()
  child.on('error', (error) => resolve(`could not be started: ${error.message}`))
  child.on('exit', (code, signal) => resolve(signal === null ? `exited with ${code}` : `died of ${signal}`))
  if (child.pid === undefined) setTimeout(resolve, 100, 'could not be started')
  for (const stream of child.stdio ?? []) stream?.on('error', () => {})
  return { child, mark: what.mark, containment, exited }
}

/** Some failures, such as too long an environment, are thrown and not told; here they all look alike. */
function spawned(what: ContainedCommand, [command, ...args]: readonly string[]): ChildProcess {
  const env = { ...what.env, [unitVariable]: what.mark }
  try {
    return spawn(command ?? '', args, { cwd: what.cwd, env, stdio: what.stdio, detached: true })
  } catch {
    return new ChildProcess()
  }
}

/** Sends SIGKILL to the whole tree and returns without waiting for anything. Idempotent. Never throws. */
export function killTree(process: ContainedProcess): void {
  killNamed(process)
  if (process.containment === 'process-group') killEscaped(process)
}

/**
 * Sends SIGKILL to what can be named at once: all of it where there is a namespace, else the process group.
 * Of several trees each is first killed so, before `killTree` searches for what left a group.
 */
export function killNamed(process: ContainedProcess): void {
  for (const target of killTargets(process)) sendKill(target)
}

/** What `killNamed` sends SIGKILL to, in this order: a process, or with a minus a process group. */
export function killTargets(process: ContainedProcess): readonly number[] {
  const { child, containment } = process
  const { pid } = child
  if (pid === undefined) return []
  if (containment === 'process-group') return [-pid]
  if (isOver(process)) return []
  // The one outside that waits, so that it ends as killed and starts nothing; then the first in the namespace,
  // whose death empties it.
  return containment === 'tethered' ? [pid] : [pid, ...childrenOf(pid)]
}

/** Kills what left the process group. A few rounds, because what is being killed may be forking. */
function killEscaped(process: ContainedProcess): void {
  const { child, mark } = process
  for (let round = 0; round < 10; round++) {
    const rows = readProcesses()
    const found = new Set(markedProcesses(mark))
    if (!isOver(process) && child.pid !== undefined) {
      for (const pid of descendantsOf(child.pid, rows))
        if (readProcess(pid)?.isZombie === false) found.add(pid)
    }
    if (found.size === 0) return
    for (const pid of found) sendKill(pid)
  }
}

/** Sends SIGKILL to one process. Never throws. */
export function sendKill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone.
  }
}

/** Whether its own process has ended, as far as that was heard. */
export function isOver({ child: { pid, exitCode, signalCode } }: ContainedProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null
}

/** Kills what an earlier supervisor of the same home left behind: marks that start with `prefix`. */
export function killLeftBehind(prefix: string): number {
  const spared = new Set([process.pid, ...ancestorsOf(process.pid)])
  const left = markedProcesses(prefix).filter((pid) => !spared.has(pid))
  for (const pid of left) sendKill(pid)
  return left.length
}
