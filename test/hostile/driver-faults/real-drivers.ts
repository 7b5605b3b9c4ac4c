/**
 * Real hostile MCP programs under the real supervisor: each is called until it has done its worst, then some
 * are killed and it is timed until their driver serves again. Meanwhile an honest driver must answer, and the
 * kernel must be the same operating-system process from beginning to end.
 */
import { fileURLToPath } from 'node:url'
import type { JsonObject } from '../../../src/base/json.ts'
import type { WireClient } from '../../../src/wire/client.ts'
import { descendantsOf, readProcesses } from '../../../src/supervisor/process-table.ts'
import type { TestDefinition, TestOperator } from '../../harness/kernel-process.ts'
import { SupervisedHome } from '../../harness/supervised-home.ts'
import { commandLine } from './command-line.ts'

/** What came of it. */
export interface RealReport {
  readonly faults: number
  /** From the death of a program to the attachment of its successor, each after the first failure of its driver. */
  readonly restartsMs: readonly number[]
  readonly honestCalls: number
  readonly violations: readonly string[]
}

/** Programs beside this one, and what to call them with so that they do their worst. */
const hostile: readonly { readonly name: string; readonly args: JsonObject }[] = [
  { name: 'answer-twice', args: {} },
  { name: 'bad-utf8', args: {} },
  { name: 'crash', args: {} },
  { name: 'escape', args: {} },
  { name: 'flood', args: {} },
  { name: 'garbage', args: { count: 200 } },
  { name: 'hang', args: {} },
  { name: 'long-line', args: { bytes: 0 } },
  { name: 'unknown-ids', args: { count: 200 } },
]

const folder = fileURLToPath(new URL('../drivers/', import.meta.url))
const definition: TestDefinition = {
  selector: 'tools/act',
  definition: { name: 'act', inputSchema: { type: 'object' }, annotations: { readOnlyHint: true } },
}
const anyArguments = { '*': { arguments: {}, open: true } }
const callMs = 500
/** An honest one may take its time on a busy machine. */
const honestMs = 60_000

/** Adds every hostile program once, and `restarts` more whose deaths are timed. */
export async function runRealDrivers({ restarts }: { readonly restarts: number }): Promise<RealReport> {
  const home = new SupervisedHome()
  try {
    await home.start()
    return await confront(home, restarts)
  } finally {
    await home.remove()
  }
}

async function confront(home: SupervisedHome, restarts: number): Promise<RealReport> {
  const operator = await home.operator()
  const { token, process: holder } = await operator.addAgent('ada')
  const wire = await home.agent(token)
  const honest = await added(home, operator, holder, 'honest', 'answer-twice')
  const kernel = await kernelPid(home)
  const restartsMs = await timeRestarts(home, operator, holder, restarts)
  const violations: string[] = []
  let [faults, honestCalls] = [restartsMs.length, 0]
  for (const { name, args } of hostile) {
    const object = await added(home, operator, holder, name, name)
    for (let round = 0; round < 3; round++) {
      const bad = call(wire, object, args)
      if ((await call(wire, honest, {}, honestMs)) !== 'reply')
        violations.push(`beside ${name} an honest driver did not answer`)
      honestCalls += 1
      faults += 1
      await bad
    }
  }
  if ((await kernelPid(home)) !== kernel) violations.push('the kernel was started anew')
  wire.close()
  operator.client.close()
  return { faults, restartsMs, honestCalls, violations }
}

async function timeRestarts(
  home: SupervisedHome,
  operator: TestOperator,
  holder: number,
  count: number,
): Promise<readonly number[]> {
  const times: number[] = []
  for (let number = 0; number < count; number++) {
    const object = await added(home, operator, holder, `mortal-${number}`, 'hang')
    const victims = await programsOf(home, object)
    const before = await incarnation(operator, object)
    const began = performance.now()
    for (const victim of victims) process.kill(victim, 'SIGKILL')
    await attachedAgain(operator, object, before)
    times.push(performance.now() - began)
    await operator.must({ do: 'driver.remove', driver: object })
  }
  return times
}

async function incarnation(operator: TestOperator, object: number): Promise<number> {
  const drivers = (await operator.query('drivers')) as readonly JsonObject[]
  return Number(drivers.find((item) => item['driver'] === object)?.['incarnation'])
}

/** Waits for the successor's attachment; the time without one may be too short to be seen. */
async function attachedAgain(operator: TestOperator, object: number, before: number): Promise<void> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const drivers = (await operator.query('drivers')) as readonly JsonObject[]
    const now = drivers.find((item) => item['driver'] === object)
    if (now?.['attached'] === true && Number(now['incarnation']) > before) return
    if (performance.now() > deadline) throw new Error(`waited in vain for driver ${object}`)
  }
}

async function added(
  home: SupervisedHome,
  operator: TestOperator,
  holder: number,
  name: string,
  file: string,
): Promise<number> {
  const args = [`${folder}${file}.mjs`]
  const program = { protocol: 'mcp-stdio', command: process.execPath, args, cwd: folder, env: {} }
  const object = await operator.addDriver(name, [definition], program)
  await home.attached(operator, object)
  const caveats = { selectors: ['tools/act'], where: anyArguments }
  await operator.must({ do: 'capability.grant', holder, object, caveats })
  return object
}

async function call(wire: WireClient, object: number, args: JsonObject, forMs = callMs): Promise<string> {
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(), forMs)
  const header = { op: 'call', selector: 'tools/act', object }
  const answer = await wire.request(header, Buffer.from(JSON.stringify(args)), { signal: late.signal })
  clearTimeout(timer)
  return answer.kind
}

async function kernelPid(home: SupervisedHome): Promise<number | null> {
  return (await home.units()).find(({ kind }) => kind === 'kernel')?.pid ?? null
}

/** The outermost processes of a driver's program: what its adapter started, whatever holds it. */
async function programsOf(home: SupervisedHome, driver: number): Promise<readonly number[]> {
  const unit = (await home.units()).find((each) => each.unit === `driver-${driver}`)
  const rows = readProcesses()
  const adapter = descendantsOf(unit?.pid ?? 0, rows).find((pid) =>
    commandLine(pid).slice(0, 2).join(' ').includes('/adapter/main.'),
  )
  const found = rows.filter(({ parent, isZombie }) => parent === adapter && !isZombie).map(({ pid }) => pid)
  if (found.length === 0) throw new Error('the program that is to die does not run')
  return found
}
