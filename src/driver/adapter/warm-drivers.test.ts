import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { until } from '../../../test/harness/world.ts'
import type { StdioProgram } from '../../kernel/manifest.ts'
import { confinerOn } from '../../sandbox/ladder.ts'
import { mainDomain } from '../../wire/socket-folder.ts'
import { confinedLaunch } from '../confined-program.ts'
import type { AdapterInstructions } from './instructions.ts'
import { WarmDrivers, wayOf } from './warm-drivers.ts'

interface Ground {
  readonly home: string
  readonly warm: WarmDrivers
  readonly program: (name: string) => StdioProgram
  readonly task: (program: StdioProgram) => AdapterInstructions
}

/** A home with machines that stand warm for two drivers. */
async function withWarm(use: (ground: Ground) => Promise<void>): Promise<void> {
  const home = realpathSync(mkdtempSync(join(tmpdir(), 'custos-warm-')))
  mkdirSync(join(home, 'work'))
  mkdirSync(join(home, 'run'))
  const program = (name: string): StdioProgram => ({
    protocol: 'mcp-stdio',
    command: '/bin/sh',
    args: ['-c', `echo ${name} $MARK; read line; echo $line`],
    cwd: join(home, 'work'),
    env: { MARK: name },
    boundary: { readable: [], writable: [] },
  })
  const task = (what: StdioProgram): AdapterInstructions => ({
    driverSocket: '',
    secret: '',
    program: what,
    home,
    domain: mainDomain,
    rung: 'gvisor',
  })
  const warm = new WarmDrivers(() => {})
  const drivers = ['a', 'b'].map((name) => ({ domain: mainDomain, program: program(name) }))
  try {
    warm.expect({ home, rung: 'gvisor', drivers }, confinerOn('gvisor'))
    await until(() => (warm.ready === 2 ? true : null), 'two warm machines')
    await use({ home, warm, program, task })
  } finally {
    warm.choose(task(program('a')))?.end()
    await until(() => (kernels().length === 0 ? true : null), 'all machines to be gone')
    rmSync(home, { recursive: true, force: true })
  }
}

/** The kernels of all machines that we started and that live. */
function kernels(): readonly string[] {
  const children = new Map<string, string[]>()
  const names = new Map<string, string>()
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const [state, parent = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
      if (state === 'Z') continue
      children.set(parent, [...(children.get(parent) ?? []), pid])
      names.set(pid, readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[0] ?? '')
    } catch {
      // It ended while it was looked at.
    }
  }
  const below = (pid: string): readonly string[] =>
    (children.get(pid) ?? []).flatMap((child) => [child, ...below(child)])
  return below(String(process.pid)).filter((pid) => names.get(pid) === 'runsc-sandbox')
}

test('the driver that comes gets the machine that stood for it, and that of the other is ended', () =>
  withWarm(async ({ home, warm, program, task }) => {
    const both = kernels()
    assert.equal(both.length, 2)
    const chosen = warm.choose(task(program('a')))
    assert.ok(chosen !== null)
    await until(() => (kernels().length === 1 ? true : null), 'the other to be ended')
    const [kept] = kernels()
    const { confiner } = chosen
    const running = await confinedLaunch({ confiner, home, stderr: 'passed-on' })(program('a'))
    // It reads a line before it ends.
    assert.deepEqual(kernels(), [kept])
    running.stdin.end('on\n')
    assert.equal(await text(running.stdout), 'a a\non\n')
    assert.equal(await running.exited, 'exited with 0')
    const again = await confinedLaunch({ confiner, home, stderr: 'passed-on' })(program('a'))
    assert.ok(!kernels().some((kernel) => both.includes(kernel)))
    again.kill()
    await again.exited
  }))

test('a driver whose manifest grants otherwise by now finds nothing that stands for it', () =>
  withWarm(async ({ home, warm, program, task }) => {
    const changed = { ...program('a'), boundary: { readable: [], writable: [join(home, 'work')] } }
    assert.equal(warm.choose(task(changed)), null)
    await until(() => (kernels().length === 0 ? true : null), 'both to be ended')
  }))

test('a program whose boundary has become another is started in a machine of its own', () =>
  withWarm(async ({ home, warm, program, task }) => {
    const before = kernels()
    const chosen = warm.choose(task(program('b')))
    assert.ok(chosen !== null)
    rmSync(join(home, 'work'), { recursive: true })
    mkdirSync(join(home, 'work'))
    const launch = confinedLaunch({ confiner: chosen.confiner, home, stderr: 'passed-on' })
    const running = await launch(program('b'))
    running.stdin.end('on\n')
    assert.equal(await text(running.stdout), 'b b\non\n')
    await running.exited
    await until(() => (kernels().some((one) => before.includes(one)) ? null : true), 'the old to be ended')
  }))

test('the way to the network is the same before the task and after, and goes with what is not needed', () =>
  withWarm(async ({ home, warm, program, task }) => {
    const asking = (name: string): StdioProgram => ({
      ...program(name),
      boundary: { readable: [], writable: [], network: true },
    })
    const drivers = ['c', 'd'].map((name) => ({ domain: mainDomain, program: asking(name) }))
    warm.expect({ home, rung: 'gvisor', drivers }, confinerOn('gvisor'))
    await until(() => (warm.ready === 4 ? true : null), 'all to stand')
    const chosen = warm.choose(task(asking('c')))
    assert.ok(chosen?.egress)
    await until(() => (kernels().length === 1 ? true : null), 'the others to be ended')
    const [kept] = kernels()
    const way = wayOf(chosen.egress, '')
    const launch = confinedLaunch({ confiner: chosen.confiner, home, stderr: 'passed-on', ...way })
    const running = await launch(asking('c'))
    assert.deepEqual(kernels(), [kept])
    assert.deepEqual(
      readdirSync(join(home, 'run')).filter((name) => name.startsWith('d-')),
      [dirname(chosen.egress.socket).split('/').at(-1)],
    )
    running.kill()
    await running.exited
    chosen.egress.close()
  }))
