/**
 * Starts a program that is only looked at. Its messages for people are caught instead of printed, because
 * they come from something that nobody trusts yet.
 */
import { spawn } from 'node:child_process'
import type { LaunchProgram } from '../driver/program.ts'
import { programEnvironment } from '../driver/program.ts'

/** Starts the program as the leader of its own process group; `kill` ends that group. */
export const launchForProbe: LaunchProgram = (program) => {
  const child = spawn(program.command, program.args, {
    cwd: program.cwd,
    env: programEnvironment(program),
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
  })
  const { promise: exited, resolve } = Promise.withResolvers<string>()
  child.once('error', (problem) => resolve(`could not be started: ${problem.message}`))
  child.once('exit', (code, signal) => resolve(signal === null ? `exited with ${code}` : `died of ${signal}`))
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exited,
    kill() {
      if (child.pid === undefined) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // Nobody is left in the group.
      }
    },
  }
}
