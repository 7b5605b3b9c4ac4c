import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Json, JsonObject } from '../base/json.ts'
import { until } from '../../test/harness/world.ts'
import { connectWire } from '../wire/client.ts'
import { descendantsOf, readProcess, readProcesses } from './process-table.ts'

const program = fileURLToPath(new URL('../../test/harness/fake-supervisor.ts', import.meta.url))
const hostile = fileURLToPath(new URL('../../test/hostile/drivers/', import.meta.url))

interface Unit {
  readonly unit: string
  readonly pid: number | null
  readonly state: string
  readonly restarts: number
  readonly containment: string
}

/** A supervisor process around the fake kernel, in a home of its own. */
class Bench {
  readonly home: string = mkdtempSync(join(tmpdir(), 'custos-sup-'))
  process: ChildProcess = this.launch()
  #stderr = ''

  launch(): ChildProcess {
    const child = spawn(process.execPath, [program, this.home], { stdio: ['ignore', 'inherit', 'pipe'] })
    child.stderr.on('data', (chunk: Uint8Array) => (this.#stderr += Buffer.from(chunk).toString()))
    return child
  }

  get stderr(): string {
    return this.#stderr
  }

  /** What the kernel says as soon as it serves. */
  announce(drivers: readonly JsonObject[]): void {
    this.write('at-start.json', { header: { event: 'units' }, body: { drivers } })
  }

  write(name: string, value: Json): void {
    writeFileSync(join(this.home, `${name}.new`), JSON.stringify(value))
    renameSync(join(this.home, `${name}.new`), join(this.home, name))
  }

  async ask(header: JsonObject): Promise<{ readonly header: JsonObject; readonly body: Json }> {
    const client = await connectWire(join(this.home, 'run', 'supervisor.sock'), {})
    if (!client.ok) throw new Error(client.error.message)
    const answer = await client.value.request(header)
    client.value.close()
    if (answer.kind !== 'reply') throw new Error(JSON.stringify(answer))
    const text = Buffer.from(answer.body).toString()
    return { header: answer.header, body: text === '' ? null : (JSON.parse(text) as Json) }
  }

  async units(): Promise<readonly Unit[]> {
    return (await this.ask({ op: 'status' })).body as unknown as readonly Unit[]
  }

  /** Waits until the units that run are exactly these. */
  async running(...names: readonly string[]): Promise<readonly Unit[]> {
    let last = ''
    const look = async (): Promise<readonly Unit[] | null> => {
      const units = await this.units().catch(() => [])
      const now = units.filter(({ state }) => state === 'running')
      last = now.map(({ unit }) => unit).join(' ')
      return last === names.join(' ') ? now : null
    }
    return until(look, names.join(' ')).catch((error: Error) => {
      throw new Error(`${error.message}; running: ${last}; ${this.stderr}`)
    })
  }

  /** The halt that the `count`-th start of a kernel was told of. */
  async haltTold(count: number): Promise<JsonObject | null> {
    const file = join(this.home, 'hellos')
    const line = await until(() => {
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
      return lines.length > count ? (lines[count - 1] ?? '') : null
    }, `start ${count} of the kernel; ${this.stderr}`)
    return (JSON.parse(line) as { halt: JsonObject | null }).halt
  }

  async end(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill('SIGTERM')
      await once(this.process, 'exit')
    }
    rmSync(this.home, { recursive: true })
  }
}

async function bench(drivers: readonly JsonObject[], use: (it: Bench) => Promise<void>): Promise<void> {
  const it = new Bench()
  it.announce(drivers)
  try {
    await use(it)
  } finally {
    await it.end()
  }
}

/** A driver whose adapter never finds a kernel to attach to, but runs its program first. */
function driver(number: number, file: string): JsonObject {
  const run = {
    protocol: 'mcp-stdio',
    command: process.execPath,
    args: [`${hostile}${file}`],
    cwd: '/',
    env: {},
  }
  return { driver: number, name: `d${number}`, secret: 's', program: run }
}

/** One whose server never answers `initialize`, so that the adapter waits for it. */
const deaf: JsonObject = {
  driver: 1,
  name: 'deaf',
  secret: 's',
  program: {
    protocol: 'mcp-stdio',
    command: 'sh',
    args: ['-c', 'setsid sh -c "sleep 300 & sleep 301" & sleep 302'],
    cwd: '/',
    env: {},
  },
}

/** Everything below a process, namespaces or not. */
function tree(pid: number): readonly number[] {
  return descendantsOf(pid, readProcesses()).filter((found) => found !== pid)
}

async function allGone(pids: readonly number[]): Promise<void> {
  const left = (): readonly number[] => pids.filter((pid) => readProcess(pid)?.isZombie === false)
  await until(() => (left().length === 0 ? true : null), `the end of ${pids.join(' ')}`).catch(() =>
    assert.fail(`still there: ${left().join(' ')}`),
  )
}

/** Waits until the deaf driver's program has started its own. */
function grown(pid: number): Promise<readonly number[]> {
  return until(() => {
    const found = tree(pid)
    return found.length >= 10 ? found : null
  }, 'the driver’s own processes')
}

test('kernel, gateway and drivers are started, and go down together', () =>
  bench([deaf], async (it) => {
    const units = await it.running('kernel', 'gateway', 'driver-1')
    assert.equal(units[0]?.containment, 'tethered')
    const all = await grown(it.process.pid ?? 0)
    const exited = once(it.process, 'exit')
    await it.ask({ op: 'down' })
    assert.deepEqual(await exited, [0, null])
    await allGone(all)
    assert.equal(existsSync(join(it.home, 'supervisor', 'pid')), false)
  }))

test('halt kills everything at once, boots the kernel halted, and holds until resumed', () =>
  bench([deaf], async (it) => {
    await it.running('kernel', 'gateway', 'driver-1')
    const all = await grown(it.process.pid ?? 0)
    const { header } = await it.ask({ op: 'halt', by: 'ada', reason: 'it looked wrong' })
    assert.equal(header['killed'], 3)
    assert.equal(header['isDurable'], true)
    assert.ok(Number(header['tookMicros']) < 2_000_000, 'it waited for nobody')
    await allGone(all)
    await it.running('kernel')
    assert.equal(await it.haltTold(1), null)
    const halt = await it.haltTold(2)
    assert.equal(halt?.['requestedBy'], 'ada')
    assert.equal(halt['reason'], 'it looked wrong')
    await assert.rejects(
      it.ask({ op: 'start', agent: 'a', program: { command: 'true', args: [], cwd: '/', env: {} } }),
    )
    await setTimeout(400)
    await it.running('kernel')
    assert.ok(existsSync(join(it.home, 'supervisor', 'halt')))
    it.write('say.json', { header: { event: 'resumed' } })
    await it.running('kernel', 'gateway', 'driver-1')
    assert.equal(existsSync(join(it.home, 'supervisor', 'halt')), false)
  }))

test('a halt outlives the supervisor', () =>
  bench([deaf], async (it) => {
    await it.running('kernel', 'gateway', 'driver-1')
    await it.ask({ op: 'halt', by: 'ada', reason: '' })
    await it.haltTold(2)
    it.process.kill('SIGKILL')
    await once(it.process, 'exit')
    it.process = it.launch()
    await it.running('kernel')
    await setTimeout(300)
    await it.running('kernel')
    assert.equal((await it.haltTold(3))?.['requestedBy'], 'ada')
  }))

test('a signal halts, and so does a halt file that somebody writes', async () => {
  await bench([deaf], async (it) => {
    await it.running('kernel', 'gateway', 'driver-1')
    it.process.kill('SIGUSR2')
    await it.running('kernel')
  })
  await bench([deaf], async (it) => {
    await it.running('kernel', 'gateway', 'driver-1')
    writeFileSync(join(it.home, 'supervisor', 'halt'), '')
    await it.running('kernel')
    assert.equal((await it.haltTold(2))?.['requestedBy'], 'file')
  })
})

test('everything dies when the supervisor is killed', () =>
  bench([deaf], async (it) => {
    await it.running('kernel', 'gateway', 'driver-1')
    const started = await it.ask({
      op: 'start',
      agent: 'a',
      program: {
        command: 'sh',
        args: ['-c', 'setsid sleep 300 & sleep 301'],
        cwd: '/',
        env: { PATH: process.env['PATH'] ?? '' },
      },
    })
    assert.equal(started.header['unit'], 'program-1')
    await it.running('kernel', 'gateway', 'driver-1', 'program-1')
    const all = await grown(it.process.pid ?? 0)
    it.process.kill('SIGKILL')
    await allGone(all)
  }))

test('a second supervisor of the same home is turned away, one after a crash is not', () =>
  bench([], async (it) => {
    await it.running('kernel', 'gateway')
    const second = it.launch()
    // Its words may come after its exit, and not after its streams are closed.
    assert.deepEqual(await once(second, 'close'), [3, null])
    assert.match(it.stderr, /already supervised by process \d+/)
    await it.running('kernel', 'gateway')
    it.process.kill('SIGKILL')
    await once(it.process, 'exit')
    it.process = it.launch()
    await it.running('kernel', 'gateway')
  }))

test('a killed kernel is restarted and with it what it wants', () =>
  bench([deaf], async (it) => {
    const [kernel] = await it.running('kernel', 'gateway', 'driver-1')
    process.kill(kernel?.pid ?? 0, 'SIGKILL')
    const again = await until(async () => {
      const [found] = await it.running('kernel', 'gateway', 'driver-1')
      return found?.restarts === 1 ? found : null
    }, 'the kernel to be restarted')
    assert.notEqual(again.pid, kernel?.pid)
  }))

test('a driver that cannot serve is given up and nothing else suffers', () =>
  bench([driver(7, 'no-such-file.mjs')], async (it) => {
    const given = await until(async () => {
      const units = await it.units().catch((): Unit[] => [])
      return units.find(({ unit, state }) => unit === 'driver-7' && state === 'given-up') ?? null
    }, 'it to be given up')
    assert.equal(given.restarts, 5)
    const said = /driver-7 is given up: failed more than 5 times/
    await until(() => said.test(it.stderr) || null, 'the supervisor to say so')
    await it.running('kernel', 'gateway')
    const log = join(it.home, 'supervisor', 'driver-7.log')
    const isLogged = (): boolean => existsSync(log) && readFileSync(log, 'utf8').includes('adapter: ')
    await until(() => isLogged() || null, 'what the adapter said')
  }))

test('a program runs with its environment and nothing of ours, and can be stopped', () =>
  bench([], async (it) => {
    await it.running('kernel', 'gateway')
    const env = { PATH: process.env['PATH'] ?? '', CUSTOS_TOKEN: 't0ken' }
    const show = { command: 'sh', args: ['-c', 'env | sort'], cwd: '/tmp', env }
    await it.ask({ op: 'start', agent: 'ada', program: show })
    const log = join(it.home, 'supervisor', 'program-1.log')
    const isOver = (): boolean => existsSync(log) && readFileSync(log, 'utf8').includes('exited')
    await until(() => isOver() || null, 'the program to end')
    const names = readFileSync(log, 'utf8')
      .split('\n')
      .flatMap((line) => /^(\w+)=/.exec(line)?.[1] ?? [])
    assert.deepEqual(
      names.filter((name) => !['_', 'OLDPWD', 'SHLVL'].includes(name)),
      ['CUSTOS_TOKEN', 'CUSTOS_UNIT', 'PATH', 'PWD'],
    )
    const sleeper = { command: 'sh', args: ['-c', 'setsid sleep 300 & sleep 301'], cwd: '/', env }
    await it.ask({ op: 'start', agent: 'ada', program: sleeper })
    const units = await it.running('kernel', 'gateway', 'program-2')
    const below = tree(units[2]?.pid ?? 0)
    await it.ask({ op: 'stop', unit: 'program-2' })
    await it.running('kernel', 'gateway')
    await allGone(below)
    await assert.rejects(it.ask({ op: 'stop', unit: 'kernel' }))
    await assert.rejects(
      it.ask({ op: 'start', agent: 'a', program: { command: 'true', args: [], cwd: 'here', env: {} } }),
    )
    await assert.rejects(it.ask({ op: 'dance' }))
  }))
