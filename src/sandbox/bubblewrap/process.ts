/**
 * One running boundary. Two processes hold it: bubblewrap outside, which ends with us, and the first process of the
 * inner namespace, with which the system ends everything in it. Whichever dies, all of it dies.
 */
import type { ChildProcess } from 'node:child_process'
import type { Duplex, Readable } from 'node:stream'
import { setImmediate as nextTurn, setTimeout } from 'node:timers/promises'
import type { Boundary, Confined, End, Rung, Usage } from '../boundary.ts'
import type { LimitGroup } from '../limits/limit-group.ts'
import type { LimitWatch } from '../limits/watch-limits.ts'
import { watchLimits } from '../limits/watch-limits.ts'
import type { NamedProcess } from '../limits/process-tree.ts'
import { nameProcess, signalProcess } from '../limits/process-tree.ts'
import type { Prepared } from './prepare.ts'

const goneEveryMs = 1
const goneWithinMs = 5_000
const quickMs = 3
const mostStatus = 65_536
/** As of a shell. */
const notRun = 127
/** Ended by SIGXCPU. */
const tooLong = 128 + 24
const mostComplaint = 2_000

/** Owns the child, its groups and what was prepared for it, and clears all of it away in the end. */
export class BubblewrapProcess implements Confined {
  readonly rung: Rung
  readonly child: ChildProcess
  /** Whether all of the boundary stands. False when something of it could not be brought about. */
  readonly stands: Promise<boolean>
  readonly ended: Promise<End>
  readonly #prepared: Prepared
  readonly #group: LimitGroup
  readonly #boundary: Boundary
  #pids: readonly number[] = []
  #inner: NamedProcess | null = null
  #watch: LimitWatch | null = null
  #status = ''
  readonly #told: Promise<void>
  readonly #gate: Duplex | null | undefined
  #limit = ''
  #hasEnded = false

  constructor(child: ChildProcess, prepared: Prepared, group: LimitGroup, boundary: Boundary, rung: Rung) {
    this.rung = rung
    this.child = child
    this.#prepared = prepared
    this.#group = group
    this.#boundary = boundary
    const exit = new Promise<End>((resolve) => {
      child.once('exit', (status, signal) => resolve({ status, signal, limit: '' }))
      child.once('error', () => resolve({ status: null, signal: null, limit: '' }))
    })
    const tells = child.stdio[prepared.statusDescriptor] as Readable | null | undefined
    this.#gate = child.stdio[prepared.blockDescriptor] as Duplex | null | undefined
    this.#told = new Promise((resolve) => {
      if (tells?.once('close', resolve) === undefined) resolve()
    })
    const known = this.#readStatus(tells, exit)
    this.stands = announced(this.#gate, exit).then((is) => is && known)
    this.ended = exit.then((end) => this.#clear(end))
  }

  get pids(): readonly number[] {
    return this.#hasEnded ? [] : this.#pids
  }

  /** Lets the program begin: in the next turn, so that whoever waits for the start can listen to its streams first. */
  letBegin(): void {
    this.#watch = watchLimits({
      group: this.#group,
      limits: this.#boundary.limits,
      folders: this.#boundary.views.map(({ store }) => store),
      onExceeded: (limit) => {
        this.#limit = limit
        this.kill()
      },
    })
    setImmediate(() => this.#gate?.write('go\n'))
  }

  /** What bubblewrap said when it could not bring the boundary about. */
  async failure(): Promise<string> {
    this.kill()
    await this.ended
    const text = await complaint(this.child.stderr)
    return text === '' ? 'the boundary could not be brought about; see standard error' : text
  }

  usage(): Usage {
    return this.#watch?.usage() ?? this.#group.usage()
  }

  kill(): void {
    if (this.#hasEnded) return
    this.#group.killAll()
    if (this.#inner !== null && isAlive(this.#inner)) signalProcess(this.#inner.pid, 'SIGKILL')
    // Does nothing when the child has ended.
    this.child.kill('SIGKILL')
  }

  /** Reads what bubblewrap tells of itself until the first process of the inner namespace is known. */
  #readStatus(stream: Readable | null | undefined, exit: Promise<End>): Promise<boolean> {
    return new Promise((resolve) => {
      void exit.then(() => resolve(false))
      stream?.setEncoding('utf8').on('error', () => resolve(false))
      stream?.on('data', (text: string) => {
        if (this.#status.length < mostStatus) this.#status += text
        const inner = /"child-pid": *(?<pid>\d+)/.exec(this.#status)?.groups?.['pid']
        const { pid } = this.child
        if (inner === undefined || pid === undefined || this.#pids.length > 0) return
        this.#pids = [pid, Number(inner)]
        this.#inner = nameProcess(Number(inner))
        this.#group.enrol(this.#pids)
        resolve(true)
      })
    })
  }

  /** Bubblewrap tells of the program's end only if there was a program. */
  #couldNotRun(): boolean {
    return this.child.signalCode === null && this.#limit === '' && !this.#status.includes('"exit-code"')
  }

  /** A limit that the system itself kept. */
  #limitOf({ status }: End): string {
    if (this.#group.oomKilled()) return 'memory'
    return status === tooLong && this.#boundary.limits.cpuSeconds !== null ? 'processor time' : ''
  }

  async #clear(end: End): Promise<End> {
    const limit = this.#limit === '' ? this.#limitOf(end) : this.#limit
    this.#watch?.stop()
    if (this.#inner !== null) await untilGone(this.#inner)
    await this.#told
    this.#hasEnded = true
    await this.#group.remove()
    this.#prepared.cleanUp()
    return { ...end, status: end.status !== 0 && this.#couldNotRun() ? notRun : end.status, limit }
  }
}

/** Whether the start program says that it is there, behind everything that had to be brought about. */
async function announced(gate: Duplex | null | undefined, exit: Promise<unknown>): Promise<boolean> {
  return await new Promise((resolve) => {
    void exit.then(() => resolve(false))
    gate?.on('error', () => resolve(false)).on('data', () => resolve(true))
  })
}

/** What was said on a stream whose writers are all gone; nothing when it is not ours to read. */
async function complaint(stream: Readable | null): Promise<string> {
  let text = ''
  try {
    for await (const chunk of stream ?? []) if (text.length < mostComplaint) text += String(chunk)
  } catch {
    // Cut off: what there is has to do.
  }
  return text.slice(0, mostComplaint).trim()
}

/** Bubblewrap ends with the program. What the program left behind is ended by the system then, which may take a moment. */
async function untilGone(inner: NamedProcess): Promise<void> {
  const from = performance.now()
  while (isAlive(inner) && performance.now() < from + goneWithinMs) {
    signalProcess(inner.pid, 'SIGKILL')
    await (performance.now() < from + quickMs ? nextTurn() : setTimeout(goneEveryMs))
  }
}

/** False also for what is dead and only waits for somebody to ask for its status. */
function isAlive({ pid, startedAt }: NamedProcess): boolean {
  return nameProcess(pid)?.startedAt === startedAt
}
