/**
 * A real supervisor with programs to halt, and a kernel in a given condition: serving, stopped by SIGSTOP so that it
 * answers nothing, or spinning in its own event loop. Fifty processes are fifty programs of an agent, each held by
 * itself, which is the most that one halt can have to name.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SupervisedHome } from '../../test/harness/supervised-home.ts'
import { FakeKernelHome } from './fake-kernel-home.ts'

/** In which condition the kernel is when the halt comes. */
export type Condition = 'serving' | 'stopped' | 'spinning'

/** What the supervisor measured of one halt, in microseconds from its receipt of the request. */
export interface HaltTook {
  readonly killUs: number
  readonly deadUs: number
}

const processes = 50
const giveUpMs = 20_000

/** One home that can be halted again and again. */
export class HaltedHome {
  readonly #condition: Condition
  readonly #home: SupervisedHome | FakeKernelHome

  private constructor(condition: Condition, home: SupervisedHome | FakeKernelHome) {
    this.#condition = condition
    this.#home = home
  }

  static async open(condition: Condition): Promise<HaltedHome> {
    const home = condition === 'spinning' ? new FakeKernelHome() : new SupervisedHome()
    await home.start()
    return new HaltedHome(condition, home)
  }

  /** Starts the programs, puts the kernel into its condition, halts everything, and resumes. */
  async halt(): Promise<HaltTook> {
    const program = { command: 'sleep', args: ['3600'], cwd: '/', env: { PATH: process.env['PATH'] ?? '' } }
    for (let started = 0; started < processes; started++)
      await this.#home.ask({ op: 'start', agent: 'bench', program })
    await this.#until(async () => (await this.#running()) >= processes)
    await this.#spoilKernel()
    await this.#home.ask({ op: 'halt', by: 'bench', reason: '' })
    let took: HaltTook | null = null
    await this.#until(async () => (took = await this.#took()) !== null)
    await this.#resume()
    if (took === null) throw new Error('a halt without an end')
    return took
  }

  close(): Promise<void> {
    return this.#home.remove()
  }

  async #running(): Promise<number> {
    const units = await this.#home.units()
    return units.filter(({ kind, pid, state }) => kind === 'program' && pid !== null && state === 'running')
      .length
  }

  async #spoilKernel(): Promise<void> {
    const kernel = (await this.#home.units()).find(({ unit }) => unit === 'kernel')
    if (this.#condition === 'stopped') process.kill(kernel?.pid ?? 0, 'SIGSTOP')
    if (this.#condition === 'spinning') writeFileSync(join(this.#home.home.folder, 'spin'), '')
    await pause(50)
  }

  async #took(): Promise<HaltTook | null> {
    const halts = (await this.#home.ask({ op: 'halts' })).body as readonly {
      readonly killMicros?: number
      readonly deadMicros?: number
    }[]
    const [halt] = halts
    if (halt?.deadMicros === undefined) return null
    return { killUs: halt.killMicros ?? Number.NaN, deadUs: halt.deadMicros }
  }

  async #resume(): Promise<void> {
    if (this.#home instanceof SupervisedHome) {
      const operator = await this.#home.operator()
      await operator.must({ do: 'domain.resume' })
      operator.client.close()
    } else await this.#home.resume()
    await this.#until(async () => (await this.#home.ask({ op: 'status' })).header['halted'] === null)
  }

  async #until(isSo: () => Promise<boolean>): Promise<void> {
    for (const deadline = Date.now() + giveUpMs; !(await isSo()); await pause(5))
      if (Date.now() > deadline) throw new Error('the halt did not go as it should')
  }
}
