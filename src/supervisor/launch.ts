/**
 * How each kind of unit becomes a process: which program, with which environment, and how it is held. The
 * environment is made, not inherited: whatever secrets the operator's shell had stay there.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { socketFolder } from '../wire/socket-folder.ts'
import type { ContainedProcess } from './contain.ts'
import { startContained, startTethered } from './contain.ts'
import { ExpectedDrivers } from './expected-drivers.ts'
import { applyShare } from './share.ts'
import { SpareProcess } from './spare-process.ts'
import type { Supervision } from './supervision.ts'
import { supervision } from './supervision.ts'
import type { Work } from './unit.ts'

/** A program with its fixed arguments. */
export type Program = readonly [command: string, ...args: string[]]

/** The programs of the system itself. Tests put others in their place. */
export interface SystemPrograms {
  readonly kernel: Program
  /** Null when there is no gateway. */
  readonly gateway: Program | null
  readonly adapter: Program
  readonly service: Program
  /** Keeps the tables of a domain's ledger. */
  readonly tables: Program
  /** Says in one line of JSON what programs can be held with here. */
  readonly probe: Program
}

/** The programs beside this one, in source or built form. */
export function systemPrograms(): SystemPrograms {
  const gateway = entryPoint('../gateway/main')
  return {
    kernel: [process.execPath, entryPoint('../machine/main')],
    gateway: existsSync(gateway) ? [process.execPath, gateway] : null,
    adapter: [process.execPath, entryPoint('../driver/adapter/main')],
    service: [process.execPath, entryPoint('../driver/service/main')],
    tables: [process.execPath, entryPoint('../projection/keeper/main')],
    probe: [process.execPath, entryPoint('../sandbox/probe/main')],
  }
}

function entryPoint(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fileURLToPath(new URL(`${name}.${extension}`, import.meta.url))
}

/** Starts units of one home. */
export class Launcher {
  readonly #home: string
  readonly #homeMark: string
  readonly #programs: SystemPrograms
  readonly #spare: SpareProcess = new SpareProcess(() => this.#startSpare())
  readonly #expected = new ExpectedDrivers()
  /** The rung that drivers' programs are held with; `none` until the probe has said. */
  rung = 'none'

  /** `homeMark` begins the mark of everything that is started here. */
  constructor(home: string, homeMark: string, programs: SystemPrograms) {
    this.#home = home
    this.#homeMark = homeMark
    this.#programs = programs
  }

  /** Starts what `work` says, with its domain's share. What cannot be started has `exited` settle soon. */
  launch(work: Exclude<Work, { readonly kind: 'run' }>, weight: number): ContainedProcess {
    const started = this.#start(work, weight)
    // Nobody waits for tables: they get a tenth of an ordinary share.
    applyShare(started.child.pid, work.kind === 'tables' ? supervision.weight / 10 : weight)
    return started
  }

  #start(work: Exclude<Work, { readonly kind: 'run' }>, weight: number): ContainedProcess {
    switch (work.kind) {
      case 'kernel': {
        this.#prepare(work.domain)
        const program: Program = [...this.#programs.kernel, '--home', this.#home, '--domain', work.domain]
        return this.#system(program, ['ignore', 'pipe', 'pipe', 'pipe'])
      }
      case 'gateway':
        return this.#system(
          [...(this.#programs.gateway ?? ['false']), '--home', this.#home] as Program,
          piped,
        )
      case 'driver':
        return this.#adapter(work, weight)
      case 'tables':
        return this.#system(this.#readingOnly(work.domain), piped)
      case 'program':
        return startContained({ ...work.program, stdio: ['ignore', 'pipe', 'pipe'], mark: this.#mark() })
    }
  }

  /** Kills the adapter that waits for a task. The next start of a driver brings another. */
  endSpare(): void {
    this.#spare.end()
  }

  /** Ends what stands ready for a driver that will not come back as it was, with the adapter that knows of it. */
  review(state: Supervision): void {
    if (!this.#expected.review(state)) return
    this.#spare.end()
    this.#spare.renew()
  }

  #system([command, ...args]: Program, stdio: ('ignore' | 'pipe')[]): ContainedProcess {
    const env = this.#environment(['CUSTOS_PORT'])
    return startTethered({ command, args, cwd: this.#home, env, stdio, mark: this.#mark() })
  }

  /** What keeps a domain's tables may write nowhere else, and start nothing. */
  #readingOnly(domain: string): Program {
    const [node, ...program] = this.#programs.tables
    const folder = join(this.#home, 'domains', domain)
    const held = ['--permission', '--allow-fs-read=*', `--allow-fs-write=${join(folder, 'projections')}/*`]
    return [node, ...held, '--max-old-space-size=512', ...program, folder]
  }

  /** A domain's folders, with the modes that keep others out. */
  #prepare(domain: string): void {
    for (const folder of [socketFolder(this.#home, domain), join(this.#home, 'domains', domain)])
      mkdirSync(folder, { recursive: true, mode: 0o700 })
  }

  #adapter(work: Extract<Work, { readonly kind: 'driver' }>, weight: number): ContainedProcess {
    const { driver, domain } = work
    this.#expected.started(work)
    const isService = driver.program.protocol === 'service'
    // What runs already cannot be given another share as a whole: it serves those with the share that it has.
    const spare = isService || weight !== supervision.weight ? null : this.#spare.take()
    const held = spare ?? this.#startFor(isService ? 'service' : 'adapter')
    if (!isService) this.#spare.renew()
    const driverSocket = join(socketFolder(this.#home, domain), 'driver.sock')
    const { secret, program } = driver
    const task = { driverSocket, secret, program, home: this.#home, domain, rung: this.rung }
    held.child.stdin?.write(`${JSON.stringify(task)}\n`)
    return held
  }

  /** One that waits for its task has the share of an ordinary domain. It may know which tasks are likely. */
  #startSpare(): ContainedProcess {
    const spare = this.#startFor('adapter')
    applyShare(spare.child.pid, supervision.weight)
    const expected = this.rung === 'gvisor' ? this.#expected.all : []
    if (expected.length > 0) {
      const line = JSON.stringify({ expected, home: this.#home, rung: this.rung })
      spare.child.stdin?.write(`${line}\n`)
    }
    return spare
  }

  /** What serves drivers, before it is told which. */
  #startFor(kind: 'adapter' | 'service'): ContainedProcess {
    const [command, ...args] = this.#programs[kind]
    // Look-ups of names share the pool of threads with files: a slow name server must not stop them.
    // The rung is in the task too; an adapter that waits for one gets ready for it.
    const env = { ...this.#environment(['CUSTOS_KEYS']), UV_THREADPOOL_SIZE: '16', CUSTOS_RUNG: this.rung }
    return startContained({ command, args, cwd: this.#home, env, stdio: piped, mark: this.#mark() })
  }

  /**
   * Our own programs keep what Node.js made of their sources in the home, which no program inside a boundary sees:
   * an adapter that is started again is there in a third of the time.
   */
  #environment(more: readonly string[]): NodeJS.ProcessEnv {
    return { ...plainEnvironment(more), NODE_COMPILE_CACHE: join(this.#home, 'cache', 'code') }
  }

  #mark(): string {
    return `${this.#homeMark}-${randomBytes(8).toString('hex')}`
  }
}

const piped: ('ignore' | 'pipe')[] = ['pipe', 'pipe', 'pipe']

/** A few fixed names, and `more`: nothing else of ours leaks into what is started. */
export function plainEnvironment(more: readonly string[] = []): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { LANG: 'C.UTF-8' }
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'TZ', ...more]) {
    if (process.env[name] !== undefined) env[name] = process.env[name]
  }
  return env
}
