/**
 * A scratch folder and a starter for tests of boundaries: root where the tests run as root, and always an ordinary
 * user. Both must work, and they stand on different means.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Boundary, End, Limits, Usage } from '../../src/sandbox/boundary.ts'

/** Who starts. */
export type Starter = 'root' | 'user'

/** What a trial program answers. */
export interface Outcome {
  readonly error: string
  readonly end: End
  readonly stdout: string
  readonly stderr: string
  /** `/proc/PID/status` of the processes that hold the boundary, as seen from outside. */
  readonly outside: string
  readonly pids: readonly number[]
  readonly usage: Usage
  readonly heldMs: number
}

/** What differs from a plain trial. */
export interface TrialOptions {
  readonly rejects?: boolean
  readonly killAfterMs?: number
  readonly inherits?: boolean
  readonly holdMs?: number
  readonly env?: { readonly [name: string]: string }
  /** Gives the trial program a terminal of its own; what is typed there comes from standard input. */
  readonly isOnTerminal?: boolean
  /** Put before the trial program. */
  readonly prefix?: readonly string[]
}

/** Limits that no test reaches by accident. */
export const plentiful: Limits = {
  memoryMiB: 1_024,
  processes: 128,
  openFiles: 512,
  cpuPercent: null,
  cpuSeconds: null,
  diskMiB: 64,
  fileMiB: 64,
  wallMs: null,
}

const program = fileURLToPath(new URL('trial-program.ts', import.meta.url))
const ordinary = 60_100

/** The starters that can be tried here. */
export const starters: readonly Starter[] = process.getuid?.() === 0 ? ['root', 'user'] : ['user']

/** A folder of the starter's, and starts in it. Owns the folder; `remove` takes it away. */
export class Trial {
  readonly starter: Starter
  /** Canonical. */
  readonly folder: string

  constructor(starter: Starter) {
    this.starter = starter
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'custos-trial-')))
    this.#own(this.folder)
  }

  /** A folder below the scratch folder. */
  makeFolder(name: string, mode: number = 0o755): string {
    const path = join(this.folder, name)
    mkdirSync(path, { recursive: true })
    chmodSync(path, mode)
    for (let own = path; own !== this.folder; own = dirname(own)) this.#own(own)
    return path
  }

  makeFile(name: string, content: string, mode: number = 0o644): string {
    const path = join(this.folder, name)
    this.makeFolder(dirname(name))
    writeFileSync(path, content, { mode })
    this.#own(path)
    return path
  }

  /** Starts `command` in a boundary that is empty but for what `part` says. */
  async run(
    part: Partial<Boundary>,
    command: readonly string[],
    options: TrialOptions = {},
  ): Promise<Outcome> {
    const child = this.spawn(part, command, options)
    const [stdout, stderr] = await Promise.all([
      child.stdout === null ? '' : text(child.stdout),
      child.stderr === null ? '' : text(child.stderr),
    ])
    assert.match(stdout, /^\{/, stderr)
    return JSON.parse(stdout) as Outcome
  }

  /** The same, and the output of a program that must end well. */
  async output(
    part: Partial<Boundary>,
    command: readonly string[],
    options: TrialOptions = {},
  ): Promise<string> {
    const outcome = await this.run(part, command, options)
    assert.equal(outcome.error, '')
    assert.equal(outcome.end.status, 0, outcome.stderr)
    return outcome.stdout
  }

  /** The trial program itself. */
  spawn(part: Partial<Boundary>, command: readonly string[], options: TrialOptions = {}): ChildProcess {
    const {
      rejects = false,
      killAfterMs = null,
      inherits = false,
      holdMs = 0,
      env = {},
      prefix = [],
    } = options
    const task = { boundary: boundaryOf(part), command, rejects, killAfterMs, inherits, holdMs }
    const plain = [...prefix, process.execPath, program, JSON.stringify(task)]
    const words = [...this.#asStarter(), ...(options.isOnTerminal === true ? onTerminal(plain) : plain)]
    const [first = '', ...rest] = words
    return spawn(first, rest, {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', HOME: this.folder, ...env },
    })
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  #asStarter(): readonly string[] {
    if (this.starter === 'root' || process.getuid?.() !== 0) return []
    return ['setpriv', `--reuid=${ordinary}`, `--regid=${ordinary}`, '--clear-groups']
  }

  #own(path: string): void {
    if (this.starter === 'user' && process.getuid?.() === 0) chownSync(path, ordinary, ordinary)
  }
}

function onTerminal(words: readonly string[]): readonly string[] {
  const quoted = words.map((word) => `'${word.replaceAll("'", String.raw`'\''`)}'`)
  return ['script', '--quiet', '--return', '--command', quoted.join(' '), '/dev/null']
}

function boundaryOf(part: Partial<Boundary>): Boundary {
  return {
    readable: [],
    writable: [],
    views: [],
    hidden: [],
    environment: {},
    cwd: '/tmp',
    sockets: {},
    limits: plentiful,
    terminal: 'none',
    ...part,
  }
}
