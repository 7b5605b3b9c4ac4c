import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import type { ContainedProcess } from './contain.ts'
import { EndWatch } from './end-watch.ts'
import { availableContainment, killLeftBehind, killTree, startContained, startTethered } from './contain.ts'
import { markedProcesses, readProcess } from './process-table.ts'

const mark = (): string => `test-${randomBytes(8).toString('hex')}`

/** A program with a child, a grandchild of its own session whose parent is gone, and one that forks on. */
const brood = `
  sleep 300 &
  setsid sh -c 'sleep 301 & setsid sh -c "sleep 302 & exec sleep 303" & exit 0' &
  sh -c '(sleep 304 &) ; exit 0'
  sleep 0.3; echo ready; wait; sleep 305`

const ways =
  availableContainment() === 'process-group'
    ? ([undefined] as const)
    : ([undefined, 'process-group'] as const)

function startBrood(way: 'process-group' | undefined, name: string): ContainedProcess {
  const env = { PATH: process.env['PATH'] }
  const stdio = ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit']
  return startContained({ command: 'sh', args: ['-c', brood], cwd: '/', env, stdio, mark: name }, way)
}

async function gone(name: string, withinMs: number): Promise<readonly number[]> {
  const deadline = performance.now() + withinMs
  for (;;) {
    const left = markedProcesses(name)
    if (left.length === 0 || performance.now() > deadline) return left
    await setTimeout(10)
  }
}

for (const way of ways) {
  const held = way ?? availableContainment()

  test(`killing a tree leaves nothing, not even what left its session and its parent (${held})`, async () => {
    const name = mark()
    const started = startBrood(way, name)
    assert.equal(started.containment, held)
    await once(started.child.stdout as NodeJS.EventEmitter, 'data')
    assert.ok(markedProcesses(name).length >= 6, 'the brood is there')
    killTree(started)
    assert.deepEqual(await new EndWatch().confirm(started, 2000), [])
    assert.equal(await started.exited, 'died of SIGKILL')
    assert.deepEqual(markedProcesses(name), [])
  })

  test(`everything dies with the supervisor, even of SIGKILL (${held})`, async () => {
    const name = mark()
    const script = `
      const { startContained } = await import(${JSON.stringify(new URL('./contain.ts', import.meta.url).href)})
      const stdio = ['ignore', 'pipe', 'inherit']
      const what = { command: 'sh', args: ['-c', process.argv[1]], cwd: '/', env: process.env, stdio, mark: process.argv[2] }
      const started = startContained(what, ${JSON.stringify(way)})
      started.child.stdout.pipe(process.stdout)`
    const args = ['--input-type=module', '-e', script, brood, name]
    const supervisor = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(supervisor.stdout, 'data')
    assert.ok(markedProcesses(name).length >= 6, 'the brood is there')
    supervisor.kill('SIGKILL')
    assert.deepEqual(await gone(name, 2000), [])
  })
}

test('a program that ends by itself says how, and what it left behind dies', async () => {
  const env = { PATH: process.env['PATH'] }
  const args = ['-c', 'setsid sleep 300 & exit 7']
  const started = startContained({ command: 'sh', args, cwd: '/', env, stdio: 'ignore', mark: mark() })
  assert.equal(await started.exited, 'exited with 7')
  killTree(started)
  assert.deepEqual(await new EndWatch().confirm(started, 2000), [])
})

test('a program that cannot be started ends at once', async () => {
  const what = { args: [], env: { PATH: process.env['PATH'] }, stdio: 'ignore', mark: mark() } as const
  assert.notEqual(await startContained({ ...what, command: 'no-such-program', cwd: '/' }).exited, '')
  assert.match(await startContained({ ...what, command: 'true', cwd: '/no/such/folder' }).exited, /could not/)
  const tooMuch = { PATH: process.env['PATH'], LONG: 'x'.repeat(4_000_000) }
  assert.match(await startContained({ ...what, command: 'true', cwd: '/', env: tooMuch }).exited, /could not/)
})

test('orphans are reaped while the program runs', { skip: ways.length === 1 }, async () => {
  const name = mark()
  const env = { PATH: process.env['PATH'] }
  const script =
    'for i in 1 2 3 4 5 6 7 8; do sh -c "(sleep 0.05 &) ; exit 0"; done; sleep 0.4; ls /proc; cat /proc/[0-9]*/stat; sleep 300'
  const started = startContained({
    command: 'sh',
    args: ['-c', script],
    cwd: '/',
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
    mark: name,
  })
  let text = ''
  started.child.stdout?.on('data', (chunk: Uint8Array) => (text += Buffer.from(chunk).toString()))
  await setTimeout(1200)
  killTree(started)
  assert.ok(text.length > 0)
  assert.doesNotMatch(text, /\) Z /)
  assert.deepEqual(await new EndWatch().confirm(started, 2000), [])
})

test('what an earlier supervisor left behind is found by its mark', async () => {
  const prefix = mark()
  const left = spawn('sleep', ['300'], {
    stdio: 'ignore',
    env: { CUSTOS_UNIT: `${prefix}-1`, PATH: process.env['PATH'] },
  })
  await setTimeout(50)
  assert.equal(killLeftBehind(`${prefix}-2`), 0)
  assert.equal(killLeftBehind(prefix), 1)
  assert.deepEqual(await once(left, 'exit'), [null, 'SIGKILL'])
})

test('a tethered process keeps its own process id and dies alone', async () => {
  const env = { PATH: process.env['PATH'] }
  const started = startTethered({
    command: 'sleep',
    args: ['300'],
    cwd: '/',
    env,
    stdio: 'ignore',
    mark: mark(),
  })
  assert.equal(started.containment, 'tethered')
  await setTimeout(50)
  assert.equal(readProcess(started.child.pid ?? 0)?.parent, process.pid)
  killTree(started)
  assert.equal(await started.exited, 'died of SIGKILL')
})
