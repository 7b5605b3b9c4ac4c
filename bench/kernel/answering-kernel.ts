/**
 * The real kernel in a process of its own and a driver's adapter in another that answers every call at once, with
 * agents who hold the one call that is measured.
 */
import { KernelProcess, TestHome } from '../../test/harness/kernel-process.ts'
import { startChild } from '../measure/child.ts'
import { caveats, pinned, program } from './example-call.ts'

/** A kernel that serves. */
export interface AnsweringKernel {
  readonly agentSocket: string
  /** Of the agents, in the order in which they were named. */
  readonly tokens: readonly string[]
  /** Ends both processes and removes the home. */
  close(): Promise<void>
}

/**
 * Starts both in a home below the folder `where`, or else the system's temporary folder. The adapter takes `credit`
 * calls at once.
 */
export async function openAnsweringKernel(
  agents: readonly string[],
  where: string | null = null,
  credit = 2048,
): Promise<AnsweringKernel> {
  const home = homeBelow(where)
  const remove = (): void => home.remove()
  process.once('exit', remove)
  const kernel = await KernelProcess.start(home)
  const operator = await kernel.operator()
  const manifest = { program, selectors: [pinned] }
  const { driver } = await operator.must({ do: 'driver.add', name: 'notes', manifest })
  const adapter = await startChild(new URL('adapter-process.ts', import.meta.url), {
    BENCH_SOCKET: home.socket('driver'),
    BENCH_SECRET: await secretOf(kernel, 'notes'),
    BENCH_CREDIT: String(credit),
  })
  const tokens: string[] = []
  for (const name of agents) {
    const { token, process: holder } = await operator.addAgent(name)
    await operator.must({ do: 'capability.grant', holder, object: driver ?? 0, caveats })
    tokens.push(token)
  }
  operator.client.close()
  return {
    agentSocket: home.socket('agent'),
    tokens,
    async close() {
      await adapter.end()
      await kernel.stop()
      process.off('exit', remove)
      remove()
    },
  }
}

function homeBelow(where: string | null): TestHome {
  const { TMPDIR: before } = process.env
  if (where !== null) process.env['TMPDIR'] = where
  try {
    return new TestHome()
  } finally {
    if (before === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = before
  }
}

/** The kernel tells its supervisor, which here is this process, with which secret an adapter attaches. */
async function secretOf(kernel: KernelProcess, name: string): Promise<string> {
  const until = Date.now() + 5_000
  for (;;) {
    const unit = kernel.units.find((known) => known.name === name)
    if (unit !== undefined) return unit.secret
    if (Date.now() > until) throw new Error(`the kernel did not announce ${name}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
