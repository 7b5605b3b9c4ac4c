/** Drivers under gVisor: the machine that stands for the one that may fail, in the whole system. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { SupervisedHome } from '../../test/harness/supervised-home.ts'
import { supervised } from '../../test/harness/supervised-home.ts'
import type { TestOperator } from '../../test/harness/kernel-process.ts'
import { until } from '../../test/harness/world.ts'
import { descendantsOf, readProcess, readProcesses } from './process-table.ts'

process.env['CUSTOS_RUNG'] = 'gvisor'
const patienceMs = 90_000

function words(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
  } catch {
    return []
  }
}

function isGone(pid: number): boolean {
  return readProcess(pid)?.isZombie ?? true
}

/** Machines of that home whose programs wait for a command, by the adapter that holds them. */
function machines(home: SupervisedHome): ReadonlyMap<number, readonly number[]> {
  const adapters = home.processes().filter((pid) => {
    const [first = '', second = ''] = words(pid)
    return first.endsWith('/node') && second.includes('/adapter/main.')
  })
  const rows = readProcesses()
  const kernels = (adapter: number): readonly number[] =>
    descendantsOf(adapter, rows).filter((pid) => words(pid)[0] === 'runsc-sandbox')
  return new Map(adapters.map((adapter) => [adapter, kernels(adapter)]))
}

async function serving(home: SupervisedHome, driver: number): Promise<number | null> {
  const unit = (await home.units()).find((each) => each.unit === `driver-${driver}`)
  const below = unit?.pid ? descendantsOf(unit.pid, readProcesses()) : []
  return [...machines(home).keys()].find((adapter) => below.includes(adapter)) ?? null
}

/** The states of all threads of a process, as one letter each; of one that ended meanwhile, that it is busy. */
function threads(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`).map((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1')
        .replace(/^.*\) /su, '')
        .charAt(0),
    )
  } catch {
    return ['R']
  }
}

/**
 * Waits until an adapter and everything below it only wait, look after look. A machine is there before it stands, and
 * while it comes about some thread runs, wants to or waits for a disk, however little of the processor it is given.
 */
async function settled(adapter: number): Promise<void> {
  let looks = 0
  await until(
    () => {
      const states = descendantsOf(adapter, readProcesses()).flatMap(threads)
      looks = states.some((state) => state === 'R' || state === 'D') ? 0 : looks + 1
      return looks === 20 ? true : null
    },
    'a machine to wait for its command',
    patienceMs,
  )
}

/** The machine that stands beside those of the drivers that are served, once it is the only one. */
async function warmBeside(home: SupervisedHome, adapters: readonly number[]): Promise<number> {
  const [adapter, kernel] = await until(
    () => {
      const others = [...machines(home)].filter(([adapter]) => !adapters.includes(adapter))
      const [only, ...more] = others.flatMap(([adapter, kernels]) =>
        kernels.map((kernel) => [adapter, kernel] as const),
      )
      return only !== undefined && more.length === 0 ? only : null
    },
    'a warm machine',
    patienceMs,
  )
  await settled(adapter)
  return kernel
}

async function attachedLog(home: SupervisedHome): Promise<{ operator: TestOperator; driver: number }> {
  const operator = await home.operator()
  const driver = await home.addLog(operator)
  await home.attached(operator, driver)
  return { operator, driver }
}

test('a driver that failed goes on in the machine that stood warm for it, and a halt ends the next one', () =>
  supervised(async (home) => {
    const { operator, driver } = await attachedLog(home)
    const first = await until(() => serving(home, driver), 'an adapter', patienceMs)
    const warm = await warmBeside(home, [first])
    process.kill(first, 'SIGKILL')
    const second = await until(
      async () => {
        const adapter = await serving(home, driver)
        return adapter !== null && machines(home).get(adapter)?.includes(warm) === true ? adapter : null
      },
      'the warm machine to be that of the driver',
      patienceMs,
    )
    await home.attached(operator, driver)
    const next = await warmBeside(home, [second])
    assert.notEqual(next, warm)
    operator.client.close()
    await home.ask({ op: 'halt', by: 'test', reason: '' })
    await until(() => ([warm, next].every(isGone) ? true : null), 'both to be gone', patienceMs)
    assert.deepEqual([...machines(home).values()].flat(), [])
  }))

test('a halt of the driver alone ends the machine that stood warm for it, and none takes its place', () =>
  supervised(async (home) => {
    const { operator, driver } = await attachedLog(home)
    const first = await until(() => serving(home, driver), 'an adapter', patienceMs)
    const warm = await warmBeside(home, [first])
    const ending = [first, warm, ...(machines(home).get(first) ?? [])]
    operator.client.close()
    await home.ask({ op: 'halt', process: driver, by: 'test', reason: '' })
    await until(() => (ending.every(isGone) ? true : null), 'it to be gone, and the driver', patienceMs)
    // Another adapter stands ready soon, and has nothing to get ready for.
    await until(() => (machines(home).size === 1 ? true : null), 'the next spare adapter', patienceMs)
    assert.deepEqual([...machines(home).values()].flat(), [])
  }))
