import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { until } from '../../test/harness/world.ts'
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
  echo ready; wait; sleep 305`

/** Four that fork without end, so that more are born while they are killed. */
const forks = `
  for i in 1 2 3 4; do setsid sh -c 'while :; do (sleep 60 &); done' & done
  sleep 0.1; echo ready; wait`

/** How long the end of a tree may take on a machine that is busy with other things. */
const patienceMs = 60_000

const ways =
  availableContainment() === 'process-group'
    ? ([undefined] as const)
    : ([undefined, 'process-group'] as const)

function startBrood(way: 'process-group' | undefined, name: string): ContainedProcess {
  const env = { PATH: process.env['PATH'] }
  const stdio = ['ignore', 'pipe', 'inherit'] as ['ignore', 'pipe', 'inherit']
  return startContained({ command: 'sh', args: ['-c', brood], cwd: '/', env, stdio, mark: name }, way)
}

/** Waits until all of a brood is there. */
async function grown(name: string): Promise<void> {
  await until(() => (markedProcesses(name).length >= 6 ? true : null), 'the brood')
}

for (const way of ways) {
  const held = way ?? availableContainment()

  test(`killing a tree leaves nothing, not even what left its session and its parent (${held})`, async () => {
    const name = mark()
    const started = startBrood(way, name)
    assert.equal(started.containment, held)
    await once(started.child.stdout as NodeJS.EventEmitter, 'data')
    await grown(name)
    killTree(started)
    assert.deepEqual(await new EndWatch().confirm(started, patienceMs), [])
    assert.equal(await started.exited, 'died of SIGKILL')
    assert.deepEqual(markedProcesses(name), [])
  })

  for (const [what, words] of [
    ['everything', brood],
    ['what goes on forking', forks],
  ] as const)
    test(`${what} dies with the supervisor, even of SIGKILL (${held})`, async () => {
      const name = mark()
      const script = `
      const { startContained } = await import(${JSON.stringify(new URL('./contain.ts', import.meta.url).href)})
      const stdio = ['ignore', 'pipe', 'inherit']
      const what = { command: 'sh', args: ['-c', process.argv[1]], cwd: '/', env: process.env, stdio, mark: process.argv[2] }
      const started = startContained(what, ${JSON.stringify(way)})
      started.child.stdout.pipe(process.stdout)`
      const args = ['--input-type=module', '-e', script, words, name]
      const supervisor = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
      await once(supervisor.stdout, 'data')
      await grown(name)
      supervisor.kill('SIGKILL')
      await until(() => (markedProcesses(name).length === 0 ? true : null), 'all of it to be gone')
    })
}

test('a program that ends by itself says how, and what it left behind dies', async () => {
  const env = { PATH: process.env['PATH'] }
  const args = ['-c', 'setsid sleep 300 & exit 7']
  const started = startContained({ command: 'sh', args, cwd: '/', env, stdio: 'ignore', mark: mark() })
  assert.equal(await started.exited, 'exited with 7')
  killTree(started)
  assert.deepEqual(await new EndWatch().confirm(started, patienceMs), [])
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
  // Looks until no orphan is left, dead or alive; where none is reaped it says at last what it saw.
  const script = `
    for i in 1 2 3 4 5 6 7 8; do sh -c "(sleep 0.05 &) ; exit 0"; done
    for look in $(seq 300); do
      seen=$(cat /proc/[0-9]*/stat 2>/dev/null)
      case "$seen" in *"(sleep)"*) sleep 0.05 ;; *) break ;; esac
    done
    echo "$seen"; echo over; sleep 300`
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
  await until(() => text.includes('over\n') || null, 'it to have looked')
  killTree(started)
  assert.match(text, /^1 \(/m)
  assert.doesNotMatch(text, /\(sleep\)|\) Z /)
  assert.deepEqual(await new EndWatch().confirm(started, patienceMs), [])
})

test('what an earlier supervisor left behind is found by its mark', async () => {
  const prefix = mark()
  const left = spawn('sleep', ['300'], {
    stdio: 'ignore',
    env: { CUSTOS_UNIT: `${prefix}-1`, PATH: process.env['PATH'] },
  })
  await until(() => (markedProcesses(prefix).length === 1 ? true : null), 'it to be there')
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
  const name = (): string => readFileSync(`/proc/${started.child.pid}/comm`, 'latin1')
  await until(() => (name() === 'sleep\n' ? true : null), 'it to be what it shall be')
  assert.equal(readProcess(started.child.pid ?? 0)?.parent, process.pid)
  killTree(started)
  assert.equal(await started.exited, 'died of SIGKILL')
})
