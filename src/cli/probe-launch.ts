/**
 * Starts a program that is only looked at, contained like a driver. Its messages for people are caught
 * instead of printed, because they come from something that nobody trusts yet.
 */
import { randomBytes } from 'node:crypto'
import { PassThrough } from 'node:stream'
import type { LaunchProgram } from '../driver/program.ts'
import { programEnvironment } from '../driver/program.ts'
import { killTree, startContained } from '../supervisor/contain.ts'

/** Starts the program; `kill` ends it with everything it started. */
export const launchForProbe: LaunchProgram = (program) => {
  const contained = startContained({
    command: program.command,
    args: program.args,
    cwd: program.cwd,
    env: programEnvironment(program),
    stdio: ['pipe', 'pipe', 'pipe'],
    mark: `custos-probe-${randomBytes(8).toString('hex')}`,
  })
  const { stdin, stdout, stderr } = contained.child
  return {
    stdin: stdin ?? new PassThrough(),
    stdout: stdout ?? new PassThrough(),
    stderr,
    exited: contained.exited,
    kill: () => killTree(contained),
  }
}
