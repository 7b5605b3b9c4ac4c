/**
 * Which control group hierarchies are mounted here and which group of each is our own, from what the system
 * says in `/proc/self/mountinfo` and `/proc/self/cgroup`. A container may be shown a part of a hierarchy, or
 * one that does not hold it at all; only what leads to our own group counts.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One hierarchy and our place in it. */
export interface Hierarchy {
  readonly version: 1 | 2
  /** Bound to it by its mount; empty for version 2, whose groups say for themselves what they have. */
  readonly controllers: readonly string[]
  /** Where it is mounted. */
  readonly mount: string
  /** Our own group's folder, at or below `mount`. */
  readonly own: string
}

interface Mount {
  readonly root: string
  readonly path: string
  readonly type: string
  readonly options: readonly string[]
}

/** The hierarchies of this process; empty where there is no /proc or nothing is mounted. */
export function ownHierarchies(): readonly Hierarchy[] {
  try {
    return readHierarchies(
      readFileSync('/proc/self/mountinfo', 'utf8'),
      readFileSync('/proc/self/cgroup', 'utf8'),
    )
  } catch {
    return []
  }
}

/** The same from the texts of the two files. */
export function readHierarchies(mountinfo: string, cgroup: string): readonly Hierarchy[] {
  const mounts = mountinfo.split('\n').flatMap(readMount)
  return cgroup.split('\n').flatMap((line) => {
    const [, number, names, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? []
    if (number === undefined || names === undefined || path === undefined) return []
    const version = number === '0' && names === '' ? 2 : 1
    const controllers = names.split(',').filter((name) => name !== '')
    const found = mounts.find((mount) => matches(mount, version, controllers))
    const below = found === undefined ? null : pathBelow(found.root, path)
    if (found === undefined || below === null) return []
    return [{ version, controllers, mount: found.path, own: join(found.path, below) } as const]
  })
}

function matches(mount: Mount, version: 1 | 2, controllers: readonly string[]): boolean {
  if (version === 2) return mount.type === 'cgroup2'
  return mount.type === 'cgroup' && controllers.every((name) => mount.options.includes(name))
}

function readMount(line: string): readonly Mount[] {
  const [before = '', after = ''] = line.split(' - ')
  const [, , , root, path] = before.split(' ')
  const [type, , options = ''] = after.split(' ')
  if (root === undefined || path === undefined || !type?.startsWith('cgroup')) return []
  return [{ root: unescaped(root), path: unescaped(path), type, options: options.split(',') }]
}

/** `path` as seen from `root`, or null when it is not below it. */
function pathBelow(root: string, path: string): string | null {
  if (path.split('/').includes('..')) return null
  if (root === '/') return path
  return path === root || path.startsWith(`${root}/`) ? path.slice(root.length) : null
}

function unescaped(text: string): string {
  return text.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
}
