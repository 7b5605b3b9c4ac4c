/**
 * Starts a driver's program inside its boundary. A program that cannot be held is not started: it looks to its session
 * like one that ended at once, and why is said.
 */
import type { Readable } from 'node:stream'
import { PassThrough } from 'node:stream'
import type { StdioProgram } from '../kernel/manifest.ts'
import type { Confined, ConfinedCommand, Confiner, End, Rung } from '../sandbox/boundary.ts'
import { driverBoundary } from './driver-boundary.ts'
import type { DriverSurroundings } from './driver-boundary.ts'
import type { LaunchProgram, RunningProgram } from './program.ts'

/** How programs are started. */
export interface ConfinedLaunchOptions extends DriverSurroundings {
  readonly confiner: Confiner
  /** Whether what the program writes for people is caught, or passed on to our own standard error. */
  readonly stderr: 'caught' | 'passed-on'
  /** Hears of every program that was started. */
  readonly onStarted?: (confined: Confined) => void
}

/** Starts programs inside the boundaries that their manifests make. */
export function confinedLaunch(options: ConfinedLaunchOptions): LaunchProgram {
  return (program) => launchConfined(program, options)
}

async function launchConfined(
  program: StdioProgram,
  options: ConfinedLaunchOptions,
): Promise<RunningProgram> {
  const { confiner, stderr, onStarted } = options
  const started = await attempt(() =>
    confiner.start(driverBoundary(program, options), commandFor(confiner.rung, program)),
  )
  if (typeof started === 'string') return notStarted(started)
  onStarted?.(started)
  const { child } = started
  if (stderr === 'passed-on')
    child.stderr?.on('data', (chunk: Uint8Array) => void process.stderr.write(chunk))
  return {
    stdin: child.stdin ?? new PassThrough(),
    stdout: child.stdout ?? (child.stdio[ownOutput] as Readable | null | undefined) ?? new PassThrough(),
    stderr: stderr === 'caught' ? child.stderr : null,
    exited: started.ended.then(endText),
    kill: () => started.kill(),
  }
}

/** Where a program's output is where its standard output would be held by others as well. */
const ownOutput = 3

/**
 * The program with its three pipes. Never our own standard error itself: what a rung does to it at the end would be done
 * to ours. Bubblewrap's own processes keep the standard output open for as long as they live, and a program that closed
 * its output would never be noticed; what is not standard they close.
 */
function commandFor(rung: Rung, { command, args }: StdioProgram): ConfinedCommand {
  if (rung !== 'bubblewrap') return { command, args, stdio: ['pipe', 'pipe', 'pipe'] }
  const words = ['-c', `exec "$@" >&${ownOutput} ${ownOutput}>&-`, 'driver', command, ...args]
  return { command: '/bin/sh', args: words, stdio: ['pipe', 'ignore', 'pipe', 'pipe'] }
}

/** The confined program, or why there is none. */
async function attempt(start: () => ReturnType<Confiner['start']>): Promise<Confined | string> {
  try {
    const started = await start()
    return started.ok ? started.value : started.error
  } catch (problem) {
    return problem instanceof Error ? problem.message : String(problem)
  }
}

function notStarted(reason: string): RunningProgram {
  const [stdin, stdout] = [new PassThrough(), new PassThrough()]
  stdin.resume()
  // Its output stays open, so that the reason and not the silence is what is heard.
  const exited = Promise.resolve(`could not be started: ${reason}`)
  return { stdin, stdout, stderr: null, exited, kill: () => {} }
}

function endText({ status, signal, limit }: End): string {
  if (limit !== '') return `was ended by its limit of ${limit}`
  return signal === null ? `exited with ${status}` : `died of ${signal}`
}
