/** What is started where nothing can hold a program: nothing, and why is said. */
import { PassThrough } from 'node:stream'
import type { LaunchProgram } from '../program.ts'

/** A program that is not started, because there is no boundary for it. */
export const notHeld: LaunchProgram = () => {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  stdin.resume()
  const reason = 'nothing on this machine can hold it; custos doctor says what is missing'
  return {
    stdin,
    stdout,
    stderr: null,
    exited: Promise.resolve(`was not started: ${reason}`),
    kill: () => {},
  }
}
