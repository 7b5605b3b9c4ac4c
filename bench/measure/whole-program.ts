/** One run of a program from its start to its end, as somebody who waits for it sees it. */
import { spawn } from 'node:child_process'
import type { Slice } from './contest.ts'

/** A program and its surroundings. */
export interface WholeProgram {
  readonly command: string
  readonly args: readonly string[]
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
  /** Statuses that are a success; 0 when not given. */
  readonly statuses?: readonly number[]
}

const mostComplaint = 2_000

/** Runs it to its end. Rejects with what it said when its status is another one. What it prints is read and dropped. */
export async function wholeProgram(program: WholeProgram): Promise<Slice> {
  const { command, args, cwd, env, statuses = [0] } = program
  const startedAt = performance.now()
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  child.stdout.resume()
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (said.length < mostComplaint) said += text
  })
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const tookUs = (performance.now() - startedAt) * 1_000
  if (status === null || !statuses.includes(status))
    throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${said}`)
  return { perSecond: null, p50Us: tookUs, p99Us: tookUs }
}
