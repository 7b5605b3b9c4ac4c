/**
 * Installs the real MCP servers and clients that the tests run against, exactly as `test/servers` locks them,
 * into `node_modules/.custos-servers`. They are not among the development dependencies, because they bring
 * hundreds of packages that nobody needs who only builds or runs Custos. None of their install scripts is run.
 * Plain JavaScript, because the test runner calls it before anything else. `node scripts/servers.mjs` does it.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = join(root, 'node_modules')
const files = ['package.json', 'package-lock.json']

/** What is installed beside the development dependencies: a folder locks it, `.custos-NAME` holds it. */
const servers = kitOf('servers', 'test/servers', 'the MCP servers of the tests')
const mutants = kitOf('mutants', 'test/mutants', 'Stryker’s mutators')
const references = kitOf('references', 'bench/reference', 'what the benchmarks are held against')

function kitOf(name, source, what) {
  const folder = join(modules, `.custos-${name}`)
  return { source: join(root, source), folder, fresh: `${folder}.new`, busy: `${folder}.busy`, what }
}

/** How old a claim may be that names no process yet. */
const namelessMs = 10_000

/**
 * Makes sure that the locked servers are there and returns their folder. Two that start at once install
 * once; the other waits. Throws when the installation fails.
 */
export function ensureServers() {
  return ensure(servers)
}

/** The same for what `npm run mutants` needs. */
export function ensureInstrumenter() {
  return ensure(mutants)
}

/** The same for what `npm run bench` holds the ledger against. */
export function ensureReferences() {
  return ensure(references)
}

async function ensure(kit) {
  const wanted = digest(kit)
  while (installed(kit) !== wanted) {
    if (!claim(kit)) {
      await pause(200)
      continue
    }
    try {
      if (installed(kit) !== wanted) install(kit, wanted)
    } finally {
      rmSync(kit.busy, { force: true })
    }
  }
  return kit.folder
}

function digest({ source }) {
  const hash = createHash('sha256')
  for (const file of files) hash.update(readFileSync(join(source, file)))
  return hash.digest('hex')
}

function installed({ folder }) {
  return readText(join(folder, 'digest'))
}

/** True when this process may install. A claim whose process is gone is taken away. */
function claim({ busy }) {
  mkdirSync(modules, { recursive: true })
  try {
    writeFileSync(busy, String(process.pid), { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
    if (isAbandoned(busy)) rmSync(busy, { force: true })
    return false
  }
}

function isAbandoned(busy) {
  const holder = Number(readText(busy))
  if (!Number.isInteger(holder) || holder <= 0) {
    const claimedAt = statSync(busy, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()
    return Date.now() - claimedAt > namelessMs
  }
  try {
    process.kill(holder, 0)
    return false
  } catch (error) {
    return error.code === 'ESRCH'
  }
}

function install({ source, folder, fresh, what }, wanted) {
  process.stderr.write(`custos: installing ${what} (npm ci), about half a minute …\n`)
  const startedAt = Date.now()
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh)
  for (const file of files) copyFileSync(join(source, file), join(fresh, file))
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  const result = spawnSync('npm', ['ci', '--prefix', fresh, ...options], {
    cwd: fresh,
    stdio: ['ignore', 2, 2],
    env: { ...process.env, PATH: pathWithoutModules() },
    shell: process.platform === 'win32',
  })
  if (result.status !== 0) {
    const why = result.error?.message ?? `npm ci ended with ${result.status ?? result.signal}`
    throw new Error(`${what} could not be installed: ${why}; check the network`)
  }
  writeFileSync(join(fresh, 'digest'), wanted)
  rmSync(folder, { recursive: true, force: true })
  renameSync(fresh, folder)
  process.stderr.write(`custos: installed in ${Math.round((Date.now() - startedAt) / 1000)} s\n`)
}

/** npm is run by the Node it came with, not by the one this project pins. */
function pathWithoutModules() {
  const entries = (process.env.PATH ?? '').split(delimiter)
  return entries.filter((entry) => !resolve(entry).startsWith(modules)).join(delimiter)
}

function readText(path) {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return null
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await ensureServers()
