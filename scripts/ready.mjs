/**
 * Makes a clone ready to run, from any Node that can read this file (18 or newer): installs what the lock
 * file asks for when it is not there, and re-executes a program under the Node that the project pins.
 * Plain JavaScript, because it has to run before anything is installed.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root of the clone. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** The Node that the lock file pins. */
export const pinnedNode = join(root, 'node_modules', '.bin', 'node')

const modules = join(root, 'node_modules')
const quietNode = ['--disable-warning=ExperimentalWarning']

/** Installs dependencies when the installed ones are not those of the lock file. Exits when that fails. */
export function ensureInstalled() {
  if (!isInstalled()) install()
}

/** True when every package the lock file demands is there in the locked version, and Node runs. */
function isInstalled() {
  const installed = readJson(join(modules, '.package-lock.json'))
  if (installed === null || !existsSync(pinnedNode)) return false
  const wanted = readJson(join(root, 'package-lock.json'))?.packages ?? {}
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional || installed.packages?.[path]?.version === entry.version,
  )
}

/**
 * Runs `npm ci` with the pinned Node off the path: npm is about to delete the very folder that Node is in.
 * Its output goes to standard error so that the standard output of a command stays the command's own.
 */
function install() {
  process.stderr.write('custos: installing the development dependencies (npm ci), about a minute …\n')
  const startedAt = Date.now()
  const result = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, PATH: pathWithoutModules() },
    shell: process.platform === 'win32',
  })
  if (result.status !== 0 || !existsSync(pinnedNode)) {
    const why = result.error?.message ?? `npm ci ended with ${result.status ?? result.signal}`
    process.stderr.write(`custos: the installation failed: ${why}\n`)
    process.stderr.write(
      'custos: check the network and the npm version (10 or newer), then run the same command again\n',
    )
    process.exit(1)
  }
  process.stderr.write(`custos: installed in ${Math.round((Date.now() - startedAt) / 1000)} s\n`)
}

function pathWithoutModules() {
  const entries = (process.env.PATH ?? '').split(delimiter)
  return entries.filter((entry) => !resolve(entry).startsWith(modules)).join(delimiter)
}

function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return null
  }
}

/** The version of Node the lock file pins, for example `26.10.0`. */
export function pinnedVersion() {
  return readJson(join(modules, 'node', 'package.json'))?.version ?? null
}

/** Runs a command to its end with this terminal; resolves to its exit status. Signals pass through. */
export function runToEnd(command, args, options = {}) {
  const child = spawn(command, args, { stdio: 'inherit', ...options })
  const release = forwardSignals(child)
  return new Promise((settle) => {
    child.once('error', (error) => {
      release()
      process.stderr.write(`custos: cannot run ${command}: ${error.message}\n`)
      settle({ code: 127, signal: null })
    })
    child.once('exit', (code, signal) => {
      release()
      settle({ code, signal })
    })
  })
}

/**
 * A terminal sends its interrupt to every process in the foreground, the child included; forwarding it as
 * well would interrupt twice. Without a terminal the signal came to us alone and is passed on.
 */
function forwardSignals(child) {
  const atTerminal = [0, 1, 2].some((descriptor) => isTerminal(descriptor))
  const handlers = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'].map((signal) => {
    const fromTerminal = atTerminal && (signal === 'SIGINT' || signal === 'SIGQUIT')
    const handler = () => void (fromTerminal || child.kill(signal))
    process.on(signal, handler)
    return { signal, handler }
  })
  return () => handlers.forEach(({ signal, handler }) => process.removeListener(signal, handler))
}

function isTerminal(descriptor) {
  const stream = [process.stdin, process.stdout, process.stderr][descriptor]
  return stream?.isTTY === true
}

/** Ends this process the way another ended: with its code, or by the signal that ended it. */
export function endLike({ code, signal }) {
  if (signal === null) process.exit(code ?? 1)
  process.kill(process.pid, signal)
  setTimeout(() => process.exit(128 + (constants.signals[signal] ?? 0)), 100)
}

/**
 * Runs a program of this project: in this process when `fit` says that this Node will do, otherwise under
 * the pinned Node with the same terminal, signals and exit code.
 */
export async function runProgram(entry, args, fit) {
  if (fit(process.versions.node)) {
    quietExperiments()
    process.argv = [process.execPath, entry, ...args]
    await import(new URL(`file://${entry}`).href)
    return
  }
  endLike(await runToEnd(pinnedNode, [...quietNode, entry, ...args]))
}

/** What we use of Node and Node still calls experimental is pinned and tested; saying so is noise. */
function quietExperiments() {
  const emit = process.emitWarning
  process.emitWarning = (warning, ...rest) => {
    const type = typeof rest[0] === 'object' ? rest[0]?.type : rest[0]
    if (type !== 'ExperimentalWarning' && warning?.name !== 'ExperimentalWarning')
      emit.call(process, warning, ...rest)
  }
}
