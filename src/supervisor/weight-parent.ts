/**
 * Where groups can be made that share the processor by weight: beside our own, in the hierarchy that has the processor's
 * controller. In version 1 that is our own group. In version 2 a group with processes in it hands nothing on, so it is the
 * nearest one above that was delegated to us; but past a group with bounds of its own there is no way, because what is
 * moved out of it would be free of them.
 */
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A group in which others can be made. */
export interface WeightParent {
  readonly version: 1 | 2
  readonly folder: string
}

const bounds = ['cpu.max', 'memory.max', 'memory.high', 'memory.swap.max', 'pids.max'] as const

/** The place for such groups, or null where there is none. The texts are those of `/proc/self`. */
export function weightParent(
  mountinfo: string = read('/proc/self/mountinfo'),
  cgroup: string = read('/proc/self/cgroup'),
): WeightParent | null {
  const legacy = ownGroup(mountinfo, cgroup, 1)
  if (legacy !== null) return isOurs(legacy.folder) ? { version: 1, folder: legacy.folder } : null
  const own = ownGroup(mountinfo, cgroup, 2)
  if (own === null) return null
  for (let { folder } = own; folder !== own.mount && !isBounded(folder); folder = dirname(folder)) {
    const parent = dirname(folder)
    if (isOurs(parent) && handsOn(parent, 'cpu')) return { version: 2, folder: parent }
  }
  return null
}

/** Has children of a group given a controller. False when that is not to be had. */
export function handsOn(folder: string, controller: string): boolean {
  const file = join(folder, 'cgroup.subtree_control')
  return (
    words(file).includes(controller) || (write(file, `+${controller}`) && words(file).includes(controller))
  )
}

/** Writes a file of a group that is there already. False when that is not to be had. */
export function write(path: string, text: string): boolean {
  try {
    writeFileSync(path, text, { flag: 'r+' })
    return true
  } catch {
    return false
  }
}

/** Our own group of the hierarchy with the processor's controller, or of the unified one, with where that is mounted. */
function ownGroup(
  mountinfo: string,
  cgroup: string,
  version: 1 | 2,
): { readonly mount: string; readonly folder: string } | null {
  const path = cgroup
    .split('\n')
    .map((line) => /^\d+:([^:]*):(\/.*)$/u.exec(line))
    .find((found) => (version === 2 ? found?.[1] === '' : found?.[1]?.split(',').includes('cpu')))?.[2]
  const [root, mount] = mountOf(mountinfo, version) ?? []
  if (path === undefined || root === undefined || mount === undefined) return null
  if (path.split('/').includes('..')) return null
  if (root !== '/' && path !== root && !path.startsWith(`${root}/`)) return null
  return { mount, folder: join(mount, root === '/' ? path : path.slice(root.length)) }
}

function mountOf(mountinfo: string, version: 1 | 2): readonly [root: string, mount: string] | null {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ')
    const [, , , root, mount] = before.split(' ')
    const [type, , options = ''] = after.split(' ')
    const isIt = version === 2 ? type === 'cgroup2' : type === 'cgroup' && options.split(',').includes('cpu')
    if (isIt && root !== undefined && mount !== undefined) return [root, mount]
  }
  return null
}

function isOurs(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK)
    accessSync(join(folder, 'cgroup.procs'), constants.W_OK)
    return true
  } catch {
    return false
  }
}

function isBounded(folder: string): boolean {
  return bounds.some((file) => !(words(join(folder, file))[0] ?? 'max').startsWith('max'))
}

function words(path: string): readonly string[] {
  return read(path).split(/\s+/u).filter(Boolean)
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
