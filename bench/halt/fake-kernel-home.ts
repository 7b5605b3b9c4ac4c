/** The real supervisor over a kernel that can be made to spin in its own event loop, which a real one offers nobody. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Json, JsonObject } from '../../src/base/json.ts'
import { connectWire } from '../../src/wire/client.ts'
import type { SupervisedUnit } from '../../test/harness/supervised-home.ts'

const program = fileURLToPath(new URL('../../test/harness/fake-supervisor.ts', import.meta.url))
const giveUpMs = 10_000

/** One home of it. */
export class FakeKernelHome {
  readonly home: { readonly folder: string } = { folder: mkdtempSync(join(tmpdir(), 'custos-bench-')) }
  #supervisor: ChildProcess | null = null

  /** Starts the supervisor and returns when the kernel serves. */
  async start(): Promise<void> {
    this.#supervisor = spawn(process.execPath, [program, this.home.folder], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const deadline = Date.now() + giveUpMs
    for (;;) {
      const units = await this.units().catch(() => [])
      // The gateway starts when the kernel serves.
      if (units.some(({ unit, state }) => unit === 'gateway' && state === 'running')) return
      if (Date.now() > deadline) throw new Error('the supervisor does not serve')
      await pause(20)
    }
  }

  async ask(header: JsonObject): Promise<{ readonly header: JsonObject; readonly body: Json }> {
    const opened = await connectWire(join(this.home.folder, 'run', 'supervisor.sock'), {})
    if (!opened.ok) throw new Error(opened.error.message)
    const answer = await opened.value.request(header)
    opened.value.close()
    if (answer.kind !== 'reply') throw new Error(JSON.stringify(answer))
    const text = Buffer.from(answer.body).toString()
    return { header: answer.header, body: text === '' ? null : (JSON.parse(text) as Json) }
  }

  async units(): Promise<readonly SupervisedUnit[]> {
    return (await this.ask({ op: 'status' })).body as unknown as readonly SupervisedUnit[]
  }

  /** Has the kernel say that an operator resumed. It says so once it serves again. */
  async resume(): Promise<void> {
    const file = join(this.home.folder, 'say.json')
    writeFileSync(`${file}.new`, JSON.stringify({ header: { event: 'resumed' } }))
    renameSync(`${file}.new`, file)
    await pause(0)
  }

  /** Ends everything and removes the home. */
  async remove(): Promise<void> {
    const supervisor = this.#supervisor
    supervisor?.kill('SIGTERM')
    if (supervisor?.exitCode === null && supervisor.signalCode === null) await once(supervisor, 'exit')
    rmSync(this.home.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}
