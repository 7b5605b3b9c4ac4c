/**
 * A supervisor's whole life in one process: prepare the home, take its lock, serve, and end. Signals are
 * requests like any other: SIGTERM and SIGINT go down, SIGUSR2 halts.
 */
import { chmodSync, existsSync, mkdirSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { sovereignDomain } from '../wire/socket-folder.ts'
import { checkAllCode } from '../seal/code-check.ts'
import { serveControl } from './control-socket.ts'
import { lockHome } from './home-lock.ts'
import type { SystemPrograms } from './launch.ts'
import { plainEnvironment } from './launch.ts'
import { probeBoundary } from './probe-boundary.ts'
import { preferSelf } from './share.ts'
import { Supervisor } from './supervisor.ts'

/** Exit codes of the supervisor. */
export const supervisorExit: {
  readonly done: 0
  readonly inUse: 3
  readonly unusableHome: 4
  readonly otherCode: 5
} = {
  done: 0,
  inUse: 3,
  unusableHome: 4,
  /** The code is not the code that this home accepted. */
  otherCode: 5,
}

/** Supervises `home` until it is asked to go down; resolves with the exit code. Says on stderr what is wrong. */
export async function runSupervisor(home: string, programs: SystemPrograms): Promise<number> {
  const place = prepareHome(home)
  const lock = lockHome(join(place, 'supervisor'))
  if (!lock.ok) {
    process.stderr.write(`supervisor: ${place} is already supervised by process ${lock.error}\n`)
    return supervisorExit.inUse
  }
  const code = checkAllCode(place)
  if (!code.ok) {
    process.stderr.write(`supervisor: ${code.error}\n`)
    lock.value.release()
    return supervisorExit.otherCode
  }
  // Before anything else starts: a halt must never come too early.
  const supervisor = new Supervisor(place, programs, hasSovereign(place))
  process.on('SIGTERM', () => supervisor.down())
  process.on('SIGINT', () => supervisor.down())
  process.on('SIGUSR2', () => supervisor.halt('signal', 'SIGUSR2'))
  const control = await serveControl(place, supervisor)
  if (!control.ok) {
    process.stderr.write(`supervisor: ${control.error.message}\n`)
    lock.value.release()
    return supervisorExit.unusableHome
  }
  supervisor.knowBoundary(await probeBoundary(programs.probe, plainEnvironment(['CUSTOS_RUNG'])))
  // Not before: the probe would have it too. Everything else is given its own share as it starts.
  preferSelf()
  supervisor.start()
  await supervisor.finished
  await control.value.close()
  lock.value.release()
  return supervisorExit.done
}

/** A home that was begun with a sovereign has its folder; one that was not is the domain `main` alone. */
function hasSovereign(place: string): boolean {
  const folder = join(place, 'domains', sovereignDomain)
  return existsSync(join(folder, 'genesis.json')) || existsSync(join(folder, 'ledger'))
}

/** Makes the folders with the modes that keep others out, and returns the home's canonical path. */
function prepareHome(home: string): string {
  mkdirSync(resolve(home), { recursive: true, mode: 0o700 })
  const place = realpathSync(resolve(home))
  for (const name of ['supervisor', 'run', 'domains']) {
    mkdirSync(join(place, name), { recursive: true, mode: 0o700 })
  }
  chmodSync(join(place, 'run'), 0o700)
  chmodSync(join(place, 'supervisor'), 0o700)
  return place
}
