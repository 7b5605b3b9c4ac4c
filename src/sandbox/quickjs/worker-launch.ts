/**
 * Starting a worker. Whatever starts it, it has no environment, arguments or descriptors but its pipes; inside a
 * boundary it also has no network and no file that it could write. Without one, Node keeps it from files, network
 * and programs, as a belt: the engine in WebAssembly is the boundary then.
 */
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { Boundary, Confiner } from '../boundary.ts'
import { workerPackages } from './worker-packages.ts'

/** A worker that was started. Its standard input and output are pipes. */
export interface LaunchedWorker {
  readonly child: ChildProcess
  /** Kills it at once, with everything around it. Idempotent, never throws. */
  kill(): void
  /** Once it is gone: which limit of its boundary ended it, or empty. Not there without a boundary; never rejects. */
  limit?(): Promise<string>
}

/** Starts a worker that may use `memoryMiB` inside the engine. */
export type LaunchWorker = (memoryMiB: number) => Promise<Result<LaunchedWorker, string>>

/** What the worker program is made of: this project's source and packages, to be seen and not written. */
interface WorkerProgram {
  readonly entry: string
  readonly readable: readonly string[]
}

/**
 * The host's stack is several times what the engine's own limit of 128 KiB can need, so that the engine, which
 * counts the same everywhere, is always the first to say that a script recurses too deeply.
 */
const stackKiB = 6_000

/** How Node is started for a worker. */
export const workerFlags: readonly string[] = [
  `--stack-size=${stackKiB}`,
  '--disallow-code-generation-from-strings',
  '--no-warnings',
]

/** The error is a sentence: packages that no boundary can show. */
function workerProgram(): Result<WorkerProgram, string> {
  const here = fileURLToPath(import.meta.url)
  const sources = dirname(dirname(dirname(here)))
  const extension = here.endsWith('.ts') ? 'ts' : 'js'
  const packages = workerPackages(sources)
  if (!packages.ok) return packages
  return ok({
    entry: join(dirname(here), `main.${extension}`),
    // The folder that holds base, wire and sandbox; and what Node looks for above it to know that these are modules.
    readable: [sources, join(dirname(sources), 'package.json'), ...packages.value],
  })
}

/** The whole environment of a worker. */
const environment = { TZ: 'UTC', LANG: 'C.UTF-8' }

/** Starts workers as plain processes, behind Node's own belt. */
export function plainWorker(): LaunchWorker {
  const program = workerProgram()
  return () => {
    if (!program.ok) return Promise.resolve(program)
    const { entry, readable } = program.value
    const belt = ['--permission', ...readable.map((path) => `--allow-fs-read=${path}`)]
    const child = spawn(process.execPath, [...workerFlags, ...belt, entry], {
      cwd: '/',
      env: environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    return started({ child, kill: () => void child.kill('SIGKILL') })
  }
}

/** Starts workers inside a boundary: no network, nothing writable, nothing to see but the worker's own code. */
export function confinedWorker(confiner: Confiner): LaunchWorker {
  const program = workerProgram()
  return async (memoryMiB) => {
    if (!program.ok) return program
    const { entry, readable } = program.value
    const confined = await confiner.start(workerBoundary(readable, memoryMiB), {
      command: process.execPath,
      args: [...workerFlags, entry],
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    if (!confined.ok) return confined
    const { child, ended } = confined.value
    return started({
      child,
      kill: () => confined.value.kill(),
      limit: async () => (await ended).limit,
    })
  }
}

/** The boundary of a worker. */
export function workerBoundary(readable: readonly string[], memoryMiB: number): Boundary {
  return {
    readable: [...readable, process.execPath],
    writable: [],
    views: [],
    hidden: [],
    environment,
    cwd: '/',
    sockets: {},
    limits: {
      // Node itself, the engine, and answers on their way.
      memoryMiB: 2 * memoryMiB + 256,
      processes: 32,
      openFiles: 64,
      cpuPercent: 100,
      cpuSeconds: null,
      diskMiB: 1,
      fileMiB: 1,
      wallMs: null,
    },
    terminal: 'none',
  }
}

function started(worker: LaunchedWorker): Promise<Result<LaunchedWorker, string>> {
  const { child } = worker
  const { promise, resolve } = Promise.withResolvers<Result<LaunchedWorker, string>>()
  child.once('error', (problem) => resolve(err(`the worker could not be started: ${problem.message}`)))
  if (child.pid !== undefined) resolve(ok(worker))
  return promise
}
