/**
 * The whole system as it is shipped: the real supervisor over a temporary home, which starts the kernel, the
 * adapter and a real driver program. The test is operator and agent, and may kill whatever it likes.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { markedProcesses } from '../../src/supervisor/process-table.ts'
import type { WireClient } from '../../src/wire/client.ts'
import { connectWire } from '../../src/wire/client.ts'
import { TestHome, TestOperator } from './kernel-process.ts'
import type { TestDefinition } from './kernel-process.ts'
import { until } from './world.ts'

const supervisorProgram = new URL('../../src/supervisor/main.ts', import.meta.url).pathname
const serverProgram = new URL('logging-server.mjs', import.meta.url).pathname

/** What the logging server offers, as it must be pinned. */
export const logDefinitions: readonly TestDefinition[] = ['act', 'breed', 'hang'].map((name) => ({
  selector: `tools/${name}`,
  definition: { name, inputSchema: { type: 'object' } },
  effect: 'act',
}))

/** A unit as the supervisor tells of it. */
export interface SupervisedUnit {
  readonly unit: string
  readonly kind: string
  readonly pid: number | null
  readonly state: string
  readonly restarts: number
}

/** One supervised home. */
export class SupervisedHome {
  readonly home: TestHome
  supervisor: ChildProcess | null = null
  stderr = ''
  #exited: Promise<unknown> = Promise.resolve()

  /** Of one domain alone, unless it shall begin with a sovereign. */
  constructor(first: 'main' | 'sovereign' = 'main') {
    this.home = new TestHome(first)
  }

  /** Starts the supervisor and returns when the kernel of `main` serves. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [supervisorProgram, '--home', this.home.folder], {
      stdio: ['ignore', 'inherit', 'pipe'],
      // Tests look at processes of drivers' programs, which a kernel of their own would keep to itself.
      env: { CUSTOS_RUNG: 'bubblewrap', ...process.env },
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-10_000)
    })
    this.#exited = new Promise((resolve) => child.once('exit', resolve))
    this.supervisor = child
    const operator = await this.operator()
    operator.client.close()
  }

  /** An operator of a domain, as soon as its kernel serves. */
  async operator(domain = 'main'): Promise<TestOperator> {
    const client = await until(async () => {
      const opened = await connectWire(this.home.socket('operator', domain), {})
      return opened.ok ? opened.value : null
    }, `the kernel to serve: ${this.stderr}`)
    return new TestOperator(this.home, client)
  }

  /** An attachment of an agent, as soon as the kernel serves. */
  agent(token: string): Promise<WireClient> {
    return until(async () => {
      const opened = await connectWire(this.home.socket('agent'), { token })
      return opened.ok ? opened.value : null
    }, 'the kernel to take the agent')
  }

  /** Adds the logging server as driver `name` and returns its object id. */
  async addLog(operator: TestOperator, name = 'log'): Promise<number> {
    const program = {
      protocol: 'mcp-stdio',
      command: process.execPath,
      args: [serverProgram, this.logFile(name)],
      cwd: this.home.work,
      env: {},
      boundary: { readable: [], writable: [this.home.work] },
    }
    return operator.addDriver(name, logDefinitions, program)
  }

  /** Where the driver's effects are. */
  logFile(name = 'log'): string {
    return join(this.home.work, `${name}.effects`)
  }

  /** The driver's effects, one line each. */
  effects(name = 'log'): readonly string[] {
    if (!existsSync(this.logFile(name))) return []
    return readFileSync(this.logFile(name), 'utf8').split('\n').slice(0, -1)
  }

  /** Waits until that driver is attached. */
  async attached(operator: TestOperator, driver: number): Promise<void> {
    await until(async () => {
      const drivers = (await operator.query('drivers')) as readonly JsonObject[]
      return drivers.some((item) => item['driver'] === driver && item['attached'] === true) || null
    }, 'the driver to be attached')
  }

  /** Asks the supervisor. */
  async ask(header: JsonObject, body?: Json): Promise<{ readonly header: JsonObject; readonly body: Json }> {
    const opened = await connectWire(join(this.home.folder, 'run', 'supervisor.sock'), {})
    if (!opened.ok) throw new Error(opened.error.message)
    const bytes = body === undefined ? new Uint8Array() : Buffer.from(JSON.stringify(body))
    const answer = await opened.value.request(header, bytes)
    opened.value.close()
    if (answer.kind !== 'reply') throw new Error(JSON.stringify(answer))
    const text = Buffer.from(answer.body).toString()
    return { header: answer.header, body: text === '' ? null : (JSON.parse(text) as Json) }
  }

  async units(): Promise<readonly SupervisedUnit[]> {
    return (await this.ask({ op: 'status' })).body as unknown as readonly SupervisedUnit[]
  }

  /** Process ids of everything that runs for this home, the supervisor excepted. */
  processes(): readonly number[] {
    const mark = createHash('sha256').update(realpathSync(this.home.folder)).digest('hex').slice(0, 16)
    return markedProcesses(mark)
  }

  /** Kills the supervisor, as the system would: everything it started has to follow by itself. */
  async kill(): Promise<void> {
    this.supervisor?.kill('SIGKILL')
    await this.#exited
  }

  /** Ends everything and removes the home. */
  async remove(): Promise<void> {
    await this.kill()
    await until(() => (this.processes().length === 0 ? true : null), 'everything to be gone').finally(() => {
      for (const pid of this.processes()) process.kill(pid, 'SIGKILL')
      this.home.remove()
    })
  }
}

/** Runs `test` in a fresh supervised home and leaves nothing behind. */
export async function supervised(
  test: (home: SupervisedHome) => Promise<void>,
  first: 'main' | 'sovereign' = 'main',
): Promise<void> {
  const home = new SupervisedHome(first)
  try {
    await home.start()
    await test(home)
  } finally {
    await home.remove()
  }
}
