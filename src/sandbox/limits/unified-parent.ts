/**
 * Where in the unified hierarchy groups can be made. A group that holds processes cannot hand controllers on
 * to children, so our own group seldom does; then it is the nearest one above it that was delegated to us.
 * Moving up must not free a program of what bounds us: past a group that has limits of its own there is no way.
 */
import { accessSync, constants } from 'node:fs'
import { dirname, join } from 'node:path'
import { readControl, writeControl } from './control-file.ts'
import type { Hierarchy } from './hierarchies.ts'

/** A group in which groups can be made. */
export interface UnifiedParent {
  readonly folder: string
  /** What its children are given; without `memory` and `pids` they are good for counting and killing only. */
  readonly controllers: readonly string[]
}

const needed = ['memory', 'pids'] as const
const bounds = ['memory.max', 'memory.high', 'memory.swap.max', 'pids.max', 'cpu.max'] as const

/** The best place there is, or null where nothing may be made. */
export function unifiedParent({ mount, own }: Hierarchy): UnifiedParent | null {
  for (let folder = own; ; folder = dirname(folder)) {
    if (isOurs(folder)) {
      const controllers = handedOn(folder)
      if (needed.every((name) => controllers.includes(name))) return { folder, controllers }
    }
    if (folder === mount || !folder.startsWith(mount) || isBounded(folder)) break
  }
  return isOurs(own) ? { folder: own, controllers: listed(own, 'cgroup.subtree_control') } : null
}

/** Whether groups can be made in it and processes moved into them. */
function isOurs(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** What children of it get, after asking for what we need. It stays so: others may be using it by then. */
function handedOn(folder: string): readonly string[] {
  const available = listed(folder, 'cgroup.controllers')
  if (!needed.every((name) => available.includes(name))) return []
  const present = listed(folder, 'cgroup.subtree_control')
  for (const name of [...needed, 'cpu']) {
    if (available.includes(name) && !present.includes(name)) {
      writeControl(folder, 'cgroup.subtree_control', `+${name}`)
    }
  }
  return listed(folder, 'cgroup.subtree_control')
}

function isBounded(folder: string): boolean {
  return bounds.some((file) => !(readControl(folder, file) ?? 'max').startsWith('max'))
}

function listed(folder: string, file: string): readonly string[] {
  return (readControl(folder, file) ?? '').split(/\s+/).filter((name) => name !== '')
}
