/**
 * Domains share the processor by weight where control groups are to be had: each has one, with its kernel and everything
 * that was started for it, so that a domain with fifty processes gets no more than its neighbour with one. Groups are made
 * when there is a second domain, because a weight says nothing by itself. Where they cannot be had, the niceness that
 * everything is given as it starts is all there is.
 */
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmdirSync } from 'node:fs'
import { join } from 'node:path'
import { sovereignDomain } from '../wire/socket-folder.ts'
import { childrenOf, readProcess } from './process-table.ts'
import type { WeightParent } from './weight-parent.ts'
import { handsOn, weightParent, write } from './weight-parent.ts'

/** By what domains share the processor. */
export type ShareMeans = 'cgroup-v1' | 'cgroup-v2' | 'niceness'

interface Member {
  weight: number
  /** Processes that were added, by their numbers, with the instants at which they began. */
  readonly added: Map<number, string>
}

/** A moved process may have started another one in the same moment. */
const rounds = 3
/** How many processes are remembered of a domain until there is a second. */
const remembered = 1_024
/** What a version 1 group has for an ordinary weight of 100, and may have at most. */
const [sharesPerWeight, mostShares] = [10.24, 262_144]

/** The groups of one supervisor. Nothing here throws, and what fails leaves a process where it was. */
export class WeightGroups {
  readonly #parent: WeightParent | null
  readonly #prefix: string
  readonly #members = new Map<string, Member>()
  #isGrouped = false

  constructor(parent: WeightParent | null = weightParent()) {
    this.#parent = parent
    // Whoever takes away what dead owners left knows them by this.
    const startedAt = readProcess(process.pid)?.startedAt ?? '0'
    this.#prefix = `custos.${pidNamespace()}.${process.pid}.${startedAt}.0.domain-`
  }

  /** By what domains share the processor, or would if there were several. */
  get means(): ShareMeans {
    return this.#parent === null ? 'niceness' : `cgroup-v${this.#parent.version}`
  }

  /** Something was started for a domain: it, and all that it will start, is to have the domain's share. */
  add(domain: string, weight: number, pid: number | null | undefined): void {
    const startedAt = pid == null || pid <= 1 ? undefined : readProcess(pid)?.startedAt
    const member = this.#members.get(domain) ?? { weight, added: new Map<number, string>() }
    this.#members.set(domain, member)
    member.weight = weight
    if (pid != null && startedAt !== undefined) member.added.set(pid, startedAt)
    for (const oldest of [...member.added.keys()].slice(0, -remembered)) member.added.delete(oldest)
    const count = [...this.#members.keys()].filter((name) => name !== sovereignDomain).length
    if (this.#parent === null || count < 2) return
    if (this.#isGrouped) return this.#settle(domain, member)
    this.#isGrouped = true
    for (const [name, known] of this.#members) this.#settle(name, known)
  }

  /** The share of a domain has changed. */
  weigh(domain: string, weight: number): void {
    const member = this.#members.get(domain)
    if (member === undefined) return
    member.weight = weight
    if (this.#isGrouped) this.#settle(domain, member)
  }

  /** Takes the groups away, when everything in them has ended. */
  remove(): void {
    if (this.#parent === null || !this.#isGrouped) return
    for (const domain of this.#members.keys()) removeGroup(this.#group(domain))
  }

  /** Has a domain's group, with its weight, and everything that was added in it. */
  #settle(domain: string, { weight, added }: Member): void {
    const folder = this.#group(domain)
    const inner = this.#made(folder)
    if (this.#parent?.version === 2) write(join(folder, 'cpu.weight'), String(weight))
    else write(join(folder, 'cpu.shares'), String(Math.min(mostShares, Math.round(weight * sharesPerWeight))))
    for (const [pid, startedAt] of added) {
      // It may have ended, and its number be another's.
      if (readProcess(pid)?.startedAt === startedAt) this.#enter(inner, pid)
    }
    // From here on what they start is in the group by itself.
    added.clear()
  }

  #enter(group: string, pid: number): void {
    const moved = new Set<number>()
    for (let round = 0; round < rounds; round++) {
      const left = treeOf(pid).filter((one) => !moved.has(one))
      if (left.length === 0) return
      for (const one of left) {
        moved.add(one)
        // What is in a group of its own by now is bounded there.
        if (groupOf(one, this.#parent?.version) === ownGroup(this.#parent?.version))
          write(join(group, 'cgroup.procs'), String(one))
      }
    }
  }

  #group(domain: string): string {
    return join(this.#parent?.folder ?? '', `${this.#prefix}${domain}`)
  }

  /** Makes a group, and says where its processes go: in version 2 a level below, so that it can hand controllers on. */
  #made(folder: string): string {
    make(folder)
    if (this.#parent?.version !== 2) return folder
    for (const controller of ['cpu', 'memory', 'pids']) handsOn(folder, controller)
    make(join(folder, 'units'))
    return join(folder, 'units')
  }
}

function make(folder: string): void {
  try {
    mkdirSync(folder)
  } catch {
    // It is there, or cannot be had: then nothing enters it.
  }
}

function removeGroup(folder: string): void {
  try {
    for (const { name } of readdirSync(folder, { withFileTypes: true }).filter((entry) =>
      entry.isDirectory(),
    ))
      removeGroup(join(folder, name))
    rmdirSync(folder)
  } catch {
    // Something of it still ends; the next supervisor's programs take it away.
  }
}

function treeOf(pid: number): readonly number[] {
  const found = [pid]
  for (const parent of found) found.push(...childrenOf(parent))
  return found
}

function ownGroup(version: 1 | 2 | undefined): string {
  return groupOf('self', version)
}

/** The group that a process is in, of the hierarchy that counts; empty when it has ended. */
function groupOf(pid: number | 'self', version: 1 | 2 | undefined): string {
  const lines = textOf(`/proc/${pid}/cgroup`).split('\n')
  const isIt = (names: string | undefined): boolean =>
    version === 2 ? names === '' : names?.split(',').includes('cpu') === true
  return lines.find((line) => isIt(line.split(':')[1]))?.split(':')[2] ?? ''
}

function pidNamespace(): string {
  try {
    return /\d+/u.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0'
  } catch {
    return '0'
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
