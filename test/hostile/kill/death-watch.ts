/**
 * Sees when processes are really gone. Before a kill it learns which pid namespaces and which processes there
 * are; afterwards it looks for each of them, and then through all of /proc for anything that is in one of
 * those namespaces, so that what was forked in the last instant counts too. A zombie is dead: nothing runs.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { descendantsOf, readProcess, readProcesses } from '../../../src/supervisor/process-table.ts'

/** Processes under observation. */
export class DeathWatch {
  readonly #started = new Map<number, string>()
  readonly #namespaces = new Set<string>()
  readonly #own: string = namespaceOf(process.pid) ?? ''

  /** Everything that descends from `roots`, and whatever shares a pid namespace of theirs that is not ours. */
  constructor(roots: readonly number[]) {
    const rows = readProcesses()
    for (const pid of roots.flatMap((root) => descendantsOf(root, rows))) {
      const space = namespaceOf(pid)
      if (space !== null && space !== this.#own) this.#namespaces.add(space)
      this.#note(pid)
    }
    for (const pid of this.#inNamespaces()) this.#note(pid)
  }

  /** How many were alive when it was made. */
  get count(): number {
    return this.#started.size
  }

  /** Those still alive. Empty is the proof. */
  survivors(): readonly number[] {
    const known = [...this.#started].flatMap(([pid, startedAt]) => {
      const row = readProcess(pid)
      const isSame = row !== null && row.startedAt === startedAt && !row.isZombie
      if (!isSame) this.#started.delete(pid)
      return isSame ? [pid] : []
    })
    return known.length > 0 ? known : this.#inNamespaces()
  }

  #note(pid: number): void {
    const row = readProcess(pid)
    if (row !== null && !row.isZombie) this.#started.set(pid, row.startedAt)
  }

  #inNamespaces(): readonly number[] {
    return readdirSync('/proc').flatMap((name) => {
      const pid = Number(name)
      if (!Number.isInteger(pid)) return []
      const space = namespaceOf(pid)
      return space !== null && this.#namespaces.has(space) && !isZombie(pid) ? [pid] : []
    })
  }
}

function namespaceOf(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch {
    return null
  }
}

function isZombie(pid: number): boolean {
  try {
    return /^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return true
  }
}
