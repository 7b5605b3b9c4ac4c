/**
 * PostgreSQL as Debian has it, a cluster of its own in a temporary folder: default settings, so a commit is durable
 * when it is answered; on a Unix socket and on no address; as an unprivileged user, because it refuses to be root.
 */
import type { ChildProcess } from 'node:child_process'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { temporaryFolder } from '../measure/temporary-folder.ts'

/** A running server. */
export interface PostgresCluster {
  /** Major version. */
  readonly version: string
  /** Connection string of a database on it. The database `postgres` is there. */
  url(database: string): string
  close(): Promise<void>
}

type Owner = { readonly uid: number; readonly gid: number } | null

const versionsFolder = '/usr/lib/postgresql'
const preferred = '15'
const role = 'bench'
const readyWithinMs = 30_000
const patienceMs = 10_000

/** Starts one, or says on standard error why there is none. */
export async function openPostgresCluster(): Promise<PostgresCluster | null> {
  const version = installedVersion()
  const owner = process.getuid?.() === 0 ? unprivileged() : null
  if (version === null || (process.getuid?.() === 0 && owner === null)) {
    process.stderr.write('bench: no PostgreSQL; `bash scripts/setup-debian.sh --bench` installs one\n')
    return null
  }
  const folder = temporaryFolder()
  const data = join(folder.path, 'data')
  const program = (name: string): string => join(versionsFolder, version, 'bin', name)
  if (owner !== null) chownSync(folder.path, owner.uid, owner.gid)
  const args = ['-D', data, '-A', 'trust', '-U', role, '--no-locale', '-E', 'UTF8', '--no-sync']
  execFileSync(program('initdb'), args, { cwd: '/', stdio: ['ignore', 'ignore', 'inherit'], ...owner })
  const log = join(folder.path, 'log')
  const server = start(program('postgres'), data, folder.path, log, owner)
  const end = (): void => void server.kill('SIGQUIT')
  process.once('exit', end)
  await ready(server, program('pg_isready'), folder.path, log)
  return {
    version,
    url: (database) => `postgresql://${role}@localhost/${database}?host=${encodeURIComponent(folder.path)}`,
    async close() {
      process.off('exit', end)
      await stop(server)
      folder.remove()
    },
  }
}

function installedVersion(): string | null {
  const versions = existsSync(versionsFolder) ? readdirSync(versionsFolder) : []
  const usable = versions.filter((name) => existsSync(join(versionsFolder, name, 'bin', 'postgres')))
  if (usable.includes(preferred)) return preferred
  return usable.toSorted((one, other) => Number(other) - Number(one))[0] ?? null
}

function unprivileged(): Owner {
  for (const name of ['postgres', 'nobody']) {
    const numbers = ['-u', '-g'].map((which) => spawnSync('id', [which, name], { encoding: 'utf8' }))
    const [uid, gid] = numbers.map(({ status, stdout }) => (status === 0 ? Number(stdout) : Number.NaN))
    if (uid !== undefined && gid !== undefined && uid > 0 && gid > 0) return { uid, gid }
  }
  return null
}

/** Ends with this process, however that ends. */
function start(program: string, data: string, sockets: string, log: string, owner: Owner): ChildProcess {
  const output = openSync(log, 'a', 0o600)
  const become =
    owner === null ? [] : ['--reuid', String(owner.uid), '--regid', String(owner.gid), '--clear-groups']
  const settings = ['-c', 'listen_addresses=', '-c', `unix_socket_directories=${sockets}`]
  return spawn('setpriv', [...become, '--pdeathsig', 'QUIT', program, '-D', data, ...settings], {
    cwd: '/',
    stdio: ['ignore', output, output],
  })
}

async function ready(server: ChildProcess, program: string, sockets: string, log: string): Promise<void> {
  const until = performance.now() + readyWithinMs
  while (spawnSync(program, ['-q', '-h', sockets, '-U', role]).status !== 0) {
    if (server.exitCode !== null || performance.now() > until)
      throw new Error(`PostgreSQL did not start:\n${readFileSync(log, 'utf8').slice(-2_000)}`)
    await pause(50)
  }
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exited = once(server, 'exit')
  server.kill('SIGINT')
  const impatience = setTimeout(() => server.kill('SIGQUIT'), patienceMs)
  await exited
  clearTimeout(impatience)
}
