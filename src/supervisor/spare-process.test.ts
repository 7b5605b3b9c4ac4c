import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { supervised } from '../../test/harness/supervised-home.ts'
import type { SupervisedHome } from '../../test/harness/supervised-home.ts'
import { until } from '../../test/harness/world.ts'
import type { ContainedProcess } from './contain.ts'
import { killTree, startContained } from './contain.ts'
import { descendantsOf, readProcess, readProcesses } from './process-table.ts'
import { SpareProcess } from './spare-process.ts'

const patienceMs = 90_000

/** Makes processes that wait for a line, and knows them. */
class Maker {
  readonly made: ContainedProcess[] = []
  readonly spare: SpareProcess = new SpareProcess(() => {
    const [command, ...args] = ['sh', '-c', 'read -r task; echo "did $task"'] as const
    const stdio = ['pipe', 'pipe', 'inherit'] as const
    const env = { PATH: '/usr/bin:/bin' }
    const started = startContained({ command, args, cwd: '/', env, stdio: [...stdio], mark: 'spare-test' })
    this.made.push(started)
    return started
  })

  async end(): Promise<void> {
    this.spare.end()
    for (const one of this.made) killTree(one)
    await Promise.all(this.made.map(({ exited }) => exited))
  }
}

async function making(use: (it: Maker) => Promise<void>): Promise<void> {
  const it = new Maker()
  try {
    await use(it)
  } finally {
    await it.end()
  }
}

test('one process stands idle, is given away once and does what it is told', () =>
  making(async ({ spare, made }) => {
    assert.equal(spare.take(), null)
    spare.renew()
    spare.renew()
    const taken = await until(() => spare.take(), 'a spare process')
    assert.equal(made.length, 1)
    assert.equal(spare.take(), null)
    taken.child.stdin?.write('this\n')
    let said = ''
    for await (const chunk of taken.child.stdout ?? []) said += String(chunk)
    assert.equal(said, 'did this\n')
  }))

test('one that ended by itself is not given away, and another is made', () =>
  making(async ({ spare, made }) => {
    spare.renew()
    const first = await until(() => made[0] ?? null, 'a spare process')
    first.child.stdin?.end('nothing\n')
    await first.exited
    spare.renew()
    const second = await until(() => spare.take(), 'another')
    assert.notEqual(second, first)
    assert.equal(made.length, 2)
  }))

test('after its end there is none, and none comes by itself', () =>
  making(async ({ spare, made }) => {
    spare.renew()
    const only = await until(() => made[0] ?? null, 'a spare process')
    spare.end()
    assert.match(await only.exited, /SIGKILL|exited with 137/)
    spare.renew()
    spare.end()
    assert.equal(spare.take(), null)
  }))

/** Adapters of that home that run now. */
function adapters(home: SupervisedHome): readonly number[] {
  return home.processes().filter((pid) => {
    const [first = '', second = ''] = words(pid)
    return first.endsWith('/node') && second.includes('/adapter/main.')
  })
}

function words(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

test('a driver that failed is served by the adapter that stood idle, and a halt ends the next one', () =>
  supervised(async (home) => {
    const operator = await home.operator()
    const driver = await home.addLog(operator)
    await home.attached(operator, driver)
    const serving = async (): Promise<number | null> => {
      const unit = (await home.units()).find((each) => each.unit === `driver-${driver}`)
      const below = unit?.pid ? descendantsOf(unit.pid, readProcesses()) : []
      return adapters(home).find((pid) => below.includes(pid)) ?? null
    }
    const first = await until(serving, 'an adapter', patienceMs)
    const idle = await until(
      () => adapters(home).find((pid) => pid !== first) ?? null,
      'a spare one',
      patienceMs,
    )
    process.kill(first, 'SIGKILL')
    await until(async () => ((await serving()) === idle ? true : null), 'the spare one to serve', patienceMs)
    await home.attached(operator, driver)
    const next = await until(
      () => adapters(home).find((pid) => pid !== idle) ?? null,
      'the next one',
      patienceMs,
    )
    operator.client.close()
    await home.ask({ op: 'halt', by: 'test', reason: '' })
    const isGone = (pid: number): boolean => readProcess(pid)?.isZombie ?? true
    await until(() => ([idle, next].every(isGone) ? true : null), 'both to be gone', patienceMs)
    assert.deepEqual(adapters(home), [])
  }))
