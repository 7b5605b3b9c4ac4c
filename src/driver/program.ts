/**
 * A running driver program, as the session sees it: three pipes and a way to be rid of it. Starting one is a
 * port: an adapter and `custos driver add` start it inside its boundary, tests as it is.
 */
import type { Readable, Writable } from 'node:stream'
import { spawn } from 'node:child_process'
import type { StdioProgram } from '../kernel/manifest.ts'

/** A program that was started. The owner must call `kill` in the end, even after it exited by itself. */
export interface RunningProgram {
  readonly stdin: Writable
  readonly stdout: Readable
  /** Null when the program writes its messages for people straight to ours. */
  readonly stderr: Readable | null
  /** Settles once, when the program's own process is gone, with how in a few words. Never rejects. */
  readonly exited: Promise<string>
  /** Kills the program and what it started, as far as this launcher reaches. Idempotent. */
  kill(): void
}

/** Starts a program. Never throws or rejects: a program that cannot be started has `exited` settle. */
export type LaunchProgram = (program: StdioProgram) => RunningProgram | Promise<RunningProgram>

/** The environment of a driver program: a few fixed names, then its own. Nothing else of ours leaks in. */
export function programEnvironment(program: StdioProgram): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { LANG: 'C.UTF-8' }
  for (const name of ['PATH', 'HOME', 'TMPDIR', 'CUSTOS_UNIT']) {
    const value = process.env[name]
    if (value !== undefined) env[name] = value
  }
  return { ...env, ...program.env }
}

/**
 * Starts a program as the leader of its own process group; `kill` reaches that group. What leaves the group
 * is left to the containment around the caller.
 */
export function launchInGroup(program: StdioProgram): RunningProgram {
  const child = spawn(program.command, program.args, {
    cwd: program.cwd,
    env: programEnvironment(program),
    stdio: ['pipe', 'pipe', 'inherit'],
    detached: true,
  })
  const { promise: exited, resolve } = Promise.withResolvers<string>()
  child.on('error', (error) => resolve(`could not be started: ${error.message}`))
  child.on('exit', (code, signal) => resolve(signal === null ? `exited with ${code}` : `died of ${signal}`))
  return { stdin: child.stdin, stdout: child.stdout, stderr: null, exited, kill: () => killGroup(child.pid) }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // Nobody is left in the group.
  }
}
