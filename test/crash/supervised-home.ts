/**
 * A home under its real supervisor, seen from outside: who runs, by which operating-system process, and how
 * to kill exactly that one. What belongs to this home carries its mark in its environment; nothing else is
 * ever touched.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, realpathSync } from 'node:fs'
import { basename, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../../src/base/json.ts'
import { markedProcesses, readProcess } from '../../src/supervisor/process-table.ts'
import { connectWire } from '../../src/wire/client.ts'

/** What the supervisor starts: the kernel, the gateway, an adapter, what holds it, and a driver's program. */
export const parts = ['kernel', 'gateway', 'adapter', 'holder', 'program'] as const

/** One of those. */
export type Part = (typeof parts)[number]

const main = fileURLToPath(new URL('../../src/supervisor/main.ts', import.meta.url))
const pollMs = 5

/** How long the supervisor's processes may outlive it. */
export const deathLimitMs = 10_000

/** One home and its supervisor, which can be killed and started again. */
export class SupervisedHome {
  readonly folder: string
  readonly #mark: string
  #supervisor: ChildProcess | null = null
  /** What supervisors wrote for people. */
  said = ''

  constructor(folder: string) {
    this.folder = realpathSync(folder)
    this.#mark = createHash('sha256').update(this.folder).digest('hex').slice(0, 16)
  }

  /** Starts the supervisor. It dies with this process, where the system can do that. */
  start(): void {
    const [command, ...args] = [...tether(), process.execPath, main, '--home', this.folder]
    const child = spawn(command ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.said = (this.said + text).slice(-8_192)
    })
    this.#supervisor = child
  }

  /** Process ids of everything the supervisors of this home started and that still lives. */
  started(): readonly number[] {
    return markedProcesses(this.#mark).filter((pid) => pid !== process.pid)
  }

  /** Process ids of one part, none while it is down. */
  find(part: Part): readonly number[] {
    return this.started().filter((pid) => partOf(pid) === part)
  }

  /** True while the supervisor lives. */
  get isSupervised(): boolean {
    const child = this.#supervisor
    return child !== null && child.exitCode === null && child.signalCode === null
  }

  /**
   * Kills the supervisor and waits for the death of everything it had started. Gives the milliseconds that
   * took, or the process ids that outlived it by more than they may.
   */
  async killSupervisor(): Promise<{ readonly tookMs: number; readonly survivors: readonly number[] }> {
    const child = this.#supervisor
    const began = performance.now()
    if (child !== null && this.isSupervised) {
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    let survivors = this.started()
    while (survivors.length > 0 && performance.now() - began < deathLimitMs) {
      await pause(pollMs)
      survivors = this.started()
    }
    return { tookMs: performance.now() - began, survivors }
  }

  /** Units that the supervisor does not restart any more, or null when it does not answer. */
  async givenUp(): Promise<readonly string[] | null> {
    const answer = await this.#ask({ op: 'status' })
    if (answer === null) return null
    const units = JSON.parse(answer) as readonly { readonly unit: string; readonly state: string }[]
    return units.filter(({ state }) => state === 'given-up').map(({ unit }) => unit)
  }

  /** Has the supervisor start a program that leaves its session and its parent behind. False if it refuses. */
  async startStray(): Promise<boolean> {
    const program = {
      command: '/bin/sh',
      args: ['-c', 'setsid sleep 600 & exec sleep 600'],
      cwd: '/',
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin' },
    }
    return (await this.#ask({ op: 'start', agent: 'stray', program })) !== null
  }

  /** Goes down in good order. False when that took longer than `limitMs`. */
  async down(limitMs: number): Promise<boolean> {
    const child = this.#supervisor
    if (child === null || !this.isSupervised) return false
    const ended = once(child, 'exit').then(() => true)
    await this.#ask({ op: 'down' })
    return Promise.race([ended, pause(limitMs, false, { ref: false })])
  }

  async #ask(header: JsonObject): Promise<string | null> {
    const socket = join(this.folder, 'run', 'supervisor.sock')
    const wire = await connectWire(socket, { protocol: 1 }, { timeoutMs: 2_000 })
    if (!wire.ok) return null
    const answer = await wire.value.request(header)
    wire.value.close()
    return answer.kind === 'reply' ? Buffer.from(answer.body).toString() : null
  }
}

/** Sends a signal to a process that may be gone. True when it was there. */
export function signal(pid: number, name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean {
  if (readProcess(pid)?.isZombie !== false) return false
  try {
    return process.kill(pid, name)
  } catch {
    return false
  }
}

function partOf(pid: number): Part | null {
  const [command = '', ...args] = commandLine(pid)
  if (basename(command) === 'unshare') return 'holder'
  if (command !== process.execPath && basename(command) !== 'node') return null
  const [script = ''] = args
  if (script.includes('/machine/main.')) return 'kernel'
  if (script.includes('/gateway/main.')) return 'gateway'
  if (script.includes('/adapter/main.')) return 'adapter'
  return script.endsWith('recording-server.mjs') ? 'program' : null
}

function commandLine(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

function tether(): readonly string[] {
  const command = ['setpriv', '--pdeathsig', 'KILL']
  return spawnSync('setpriv', ['--pdeathsig', 'KILL', 'true']).status === 0 ? command : []
}
