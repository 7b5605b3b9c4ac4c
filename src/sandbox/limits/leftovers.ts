/**
 * Groups that an owner left behind when it died. A group's name says who made it; only what was provably made
 * by a dead process of our own pid namespace is killed. What another namespace made, or what says nothing, is
 * taken away when it is empty and not new, as adapters' groups are after a halt, and otherwise left alone.
 */
import { readdirSync, readFileSync, readlinkSync, rmdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { readControl, readNumbers, writeControl } from './control-file.ts'
import { nameProcess, signalProcess } from './process-tree.ts'

/** Between making groups and entering them lie milliseconds; a start that was this late would only fail. */
const emptyForMs = 30_000
let made = 0
const pause = new Int32Array(new SharedArrayBuffer(4))

/** A new name for groups of this process. `name` is cut and cleaned. */
export function groupName(name: string): string {
  const [space, pid, start] = ourselves()
  const clean = name.replaceAll(/[^A-Za-z0-9-]/g, '-').slice(0, 32)
  return `custos.${space}.${pid}.${start}.${++made}.${clean}`
}

function ourselves(): readonly [string, number, string] {
  return [pidNamespace(), process.pid, nameProcess(process.pid)?.startedAt ?? '0']
}

function pidNamespace(): string {
  try {
    return /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0'
  }
}

/** Takes away what dead owners left in `parents`, and kills what is still in it. Returns how many groups went. */
export function sweepLeftovers(parents: readonly string[]): number {
  let swept = 0
  for (const parent of parents) {
    for (const name of foldersIn(parent)) {
      if (/^custos\.\d+\.\d+\.\d+\.\d+\./.test(name) && sweep(join(parent, name), name)) swept += 1
    }
  }
  return swept
}

function sweep(folder: string, name: string): boolean {
  const [, space, pid = '', start = ''] = name.split('.')
  const isOwnSpace = space === pidNamespace()
  if (isOwnSpace && !isDead(Number(pid), start)) return false
  if (readNumbers(folder, 'cgroup.procs').length > 0) {
    if (!isOwnSpace) return false
    if (!writeControl(folder, 'cgroup.kill', '1')) killMembers(folder)
  } else if (!isOwnSpace && !isOld(folder)) return false
  // What was killed takes a moment to go; what takes longer is for the next one. What only seems empty, because its
  // processes cannot be seen from here, is somebody's and stays: nothing is waited for there.
  for (let round = 0; round < (isOwnSpace ? 50 : 1); round++) {
    if (removeFolder(folder)) return true
    Atomics.wait(pause, 0, 0, 1)
  }
  return false
}

/** Kills what is in a group that has no `cgroup.kill`, in rounds because it may be forking. */
export function killMembers(folder: string): void {
  // What was frozen when its owner died cannot die either.
  writeControl(folder, 'freezer.state', 'THAWED')
  for (let round = 0; round < 10; round++) {
    const members = readNumbers(folder, 'cgroup.procs')
    if (members.length === 0) return
    for (const pid of members) signalProcess(pid, 'SIGKILL')
  }
}

/** Removes a group, if it is empty. */
export function removeFolder(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return readControl(folder, 'cgroup.procs') === null
  }
}

function isDead(pid: number, startedAt: string): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
  try {
    readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch {
    // It lives, and /proc hides it.
    return false
  }
  return nameProcess(pid)?.startedAt !== startedAt
}

function isOld(folder: string): boolean {
  try {
    return Date.now() - statSync(folder).ctimeMs > emptyForMs
  } catch {
    return false
  }
}

function foldersIn(parent: string): readonly string[] {
  try {
    return readdirSync(parent)
  } catch {
    return []
  }
}
