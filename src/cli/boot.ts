/**
 * Starting and stopping the supervisor from the command line, and waiting until what was asked is so. The
 * supervisor runs detached; its own log is the place to look when it does not come up.
 */
import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gatewayUrl } from './client-config/connection.ts'
import { visible } from './escape.ts'
import { CommandFailure, exitCodes, unreachableFailure } from './exit.ts'
import type { HomePaths } from './home.ts'
import { checkSocketPath, governing, kernelUnit } from './home.ts'
import type { KernelClient } from './kernel-client.ts'
import { connectKernel, listOf, tryKernel } from './kernel-client.ts'
import type { Output } from './output.ts'
import { askSupervisor, reachSupervisor } from './supervisor-client.ts'

/** A kernel that failed is told at once; one that has much to read, or a busy machine, is waited for. */
const startMs = 60_000
const stopMs = 15_000
const gatewayMs = 5_000
const pollMs = 100

/** The program of the supervisor process. */
const supervisorProgram = fileURLToPath(
  new URL(
    import.meta.url.endsWith('.ts') ? '../supervisor/main.ts' : '../supervisor/main.js',
    import.meta.url,
  ),
)

/** Starts the supervisor unless one runs, and waits until the kernel serves. True when it was started here. */
export async function bringUp(paths: HomePaths, out: Output): Promise<boolean> {
  checkSocketPath(governing(paths))
  const running = await reachSupervisor(paths)
  running?.close()
  if (running !== null) {
    await waitForKernel(paths, () => null)
    return false
  }
  out.note('Starting…')
  mkdirSync(paths.supervisorFolder, { recursive: true, mode: 0o700 })
  const log = openSync(paths.supervisorLog, 'a', 0o600)
  const child = spawn(process.execPath, [supervisorProgram, '--home', paths.home], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: paths.home,
  })
  closeSync(log)
  let ended: string | null = null
  child.once('exit', (code, signal) => (ended = signal === null ? `exit code ${code}` : `signal ${signal}`))
  child.once('error', (problem) => (ended = problem.message))
  // Whether or not it comes up in time: nobody here waits for its end.
  await waitForKernel(paths, () => ended).finally(() => child.unref())
  await waitForGateway(paths)
  return true
}

/** Whoever asks next may want its address. While something is halted it may not run, and nothing fails without it. */
async function waitForGateway(paths: HomePaths): Promise<void> {
  if (existsSync(join(paths.supervisorFolder, 'halt'))) return
  const deadline = Date.now() + gatewayMs
  while (gatewayUrl(paths) === null && Date.now() < deadline) await pause(pollMs)
}

/** Runs the supervisor as a child of this process until it ends; signals reach it through the terminal. */
export async function superviseInForeground(paths: HomePaths): Promise<number> {
  checkSocketPath(governing(paths))
  const child = spawn(process.execPath, [supervisorProgram, '--home', paths.home], { stdio: 'inherit' })
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal)
  process.on('SIGTERM', forward)
  process.on('SIGINT', forward)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve)
    child.once('error', reject)
  })
  process.off('SIGTERM', forward)
  process.off('SIGINT', forward)
  return code ?? exitCodes.fault
}

async function waitForKernel(paths: HomePaths, ended: () => string | null): Promise<void> {
  const deadline = Date.now() + startMs
  while (Date.now() < deadline) {
    const how = ended()
    if (how !== null) throw failedStart(paths, `the supervisor ended (${how})`)
    if ((await serves(governing(paths))) && (await serves(paths))) return
    const givenUp = await whoIsGivenUp(paths)
    if (givenUp !== null) throw failedStart(paths, `the ${givenUp} ended again and again, and was given up`)
    await pause(pollMs)
  }
  throw failedStart(paths, `the kernel did not answer within ${startMs / 1000} s`)
}

async function serves(paths: HomePaths): Promise<boolean> {
  const kernel = await tryKernel(paths)
  if (kernel.ok) kernel.value.close()
  return kernel.ok
}

/** The kernel that the supervisor has stopped trying to start: this domain's or the sovereign; or null. */
async function whoIsGivenUp(paths: HomePaths): Promise<string | null> {
  const status = await askSupervisor(paths, { op: 'status' }).catch(() => null)
  const awaited = [governing(paths), paths].map(kernelUnit)
  const given = listOf(status?.body ?? null).find(
    ({ unit, state }) => typeof unit === 'string' && awaited.includes(unit) && state === 'given-up',
  )
  return typeof given?.['unit'] === 'string' ? given['unit'] : null
}

function failedStart(paths: HomePaths, message: string): CommandFailure {
  const logs = new Set([paths.supervisorLog, governing(paths).kernelLog, paths.kernelLog])
  const lines = [...logs].flatMap(lastLines).map((line) => `  | ${line}`)
  return unreachableFailure(
    [message, ...lines].join('\n'),
    `look into ${paths.supervisorFolder}, and run: custos doctor`,
  )
}

function lastLines(file: string): readonly string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-5).map(visible) : []
}

/** A kernel connection, waiting while the kernel restarts. */
export async function reconnectKernel(paths: HomePaths): Promise<KernelClient> {
  await waitForKernel(paths, () => null)
  return connectKernel(paths)
}

/** Asks the supervisor to stop everything and waits until it is gone. False when none ran. */
export async function bringDown(paths: HomePaths): Promise<boolean> {
  const running = await reachSupervisor(paths)
  running?.close()
  if (running === null) return false
  await askSupervisor(paths, { op: 'down' })
  const deadline = Date.now() + stopMs
  while (Date.now() < deadline) {
    const still = await reachSupervisor(paths)
    still?.close()
    if (still === null) return true
    await pause(pollMs)
  }
  throw new CommandFailure(
    exitCodes.fault,
    'the supervisor did not stop',
    `its process id is in ${paths.supervisorFolder}/pid`,
  )
}

/** Waits `ms` milliseconds. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms))
}
