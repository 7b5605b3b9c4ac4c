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
    for (let attempt = 0; attempt < 250; attempt++) {
      const units = await this.units().catch(() => [])
      const now = units.filter(({ state }) => state === 'running')
      last = now.map(({ unit }) => unit).join(' ')
      if (last === names.join(' ')) return now
      await setTimeout(20)
    }
    throw new Error(`running: ${last}; wanted: ${names.join(' ')}; ${this.stderr}`)
  }

  /** The halt that the `count`-th start of a kernel was told of. */
  async haltTold(count: number): Promise<JsonObject | null> {
    for (let attempt = 0; attempt < 250; attempt++) {
      const file = join(this.home, 'hellos')
      const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
      if (lines.length > count) {
        return (JSON.parse(lines[count - 1] ?? '') as { halt: JsonObject | null }).halt
      }
      await setTimeout(20)
    }
    throw new Error(`the kernel was not started ${count} times; ${this.stderr}`)
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
  for (let attempt = 0; attempt < 200; attempt++) {
    if (pids.every((pid) => readProcess(pid)?.isZombie ?? true)) return
    await setTimeout(10)
  }
  assert.fail(`still there: ${pids.filter((pid) => readProcess(pid) !== null).join(' ')}`)
}

/** Waits until the deaf driver's program has started its own. */
async function grown(pid: number): Promise<readonly number[]> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const found = tree(pid)
    if (found.length >= 10) return found
    await setTimeout(20)
  }
  return tree(pid)
}

test('kernel, gateway and drivers are started, and go down together', () =>
  bench([deaf], async (it) => {
    const units = await it.running('kernel', 'gateway', 'driver-1')
    assert.equal(units[0]?.containment, 'tethered')
    const all = await grown(it.process.pid ?? 0)
    await it.ask({ op: 'down' })
    assert.deepEqual(await once(it.process, 'exit'), [0, null])
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
    assert.ok(Number(header['tookMicros']) < 100_000)
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
    assert.ok(all.length >= 10)
    it.process.kill('SIGKILL')
    await allGone(all)
  }))

test('a second supervisor of the same home is turned away, one after a crash is not', () =>
  bench([], async (it) => {
    await it.running('kernel', 'gateway')
    const second = it.launch()
    assert.deepEqual(await once(second, 'exit'), [3, null])
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
    for (let attempt = 0; attempt < 100; attempt++) {
      const units = await it.running('kernel', 'gateway', 'driver-1')
      if (units[0]?.restarts === 1) return assert.notEqual(units[0].pid, kernel?.pid)
      await setTimeout(20)
    }
    assert.fail('the kernel was not restarted')
  }))

test('a driver that cannot serve is given up and nothing else suffers', () =>
  bench([driver(7, 'no-such-file.mjs')], async (it) => {
    for (let attempt = 0; attempt < 3_000; attempt++) {
      const units = await it.units().catch((): Unit[] => [])
      const given = units.find(({ unit }) => unit === 'driver-7')
      if (given?.state !== 'given-up') {
        await setTimeout(20)
        continue
      }
      assert.equal(given.restarts, 5)
      assert.match(it.stderr, /driver-7 is given up: failed more than 5 times/)
      await it.running('kernel', 'gateway')
      assert.match(readFileSync(join(it.home, 'supervisor', 'driver-7.log'), 'utf8'), /adapter: /)
      return
    }
    assert.fail('it was never given up')
  }))

test('a program runs with its environment and nothing of ours, and can be stopped', () =>
  bench([], async (it) => {
    await it.running('kernel', 'gateway')
    const env = { PATH: process.env['PATH'] ?? '', CUSTOS_TOKEN: 't0ken' }
    const show = { command: 'sh', args: ['-c', 'env | sort'], cwd: '/tmp', env }
    await it.ask({ op: 'start', agent: 'ada', program: show })
    const log = join(it.home, 'supervisor', 'program-1.log')
    for (
      let attempt = 0;
      attempt < 100 && !/exited/.test(existsSync(log) ? readFileSync(log, 'utf8') : '');
    ) {
      attempt++
      await setTimeout(20)
    }
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
