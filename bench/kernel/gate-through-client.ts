/**
 * The whole way: an agent in one process, the real kernel in another, a driver's adapter in a third, over the
 * real sockets. A call crosses four of them and becomes durable twice on the way.
 */
import { KernelProcess, TestHome } from '../../test/harness/kernel-process.ts'
import type { Child } from '../measure/child.ts'
import { startChild } from '../measure/child.ts'
import type { Slice } from '../measure/contest.ts'
import type { Load } from './agent-process.ts'
import { caveats, pinned, program } from './example-call.ts'

/** A kernel that serves one agent and one driver, each in a process of its own. */
export interface GateThroughClient {
  /** Has the agent keep so many calls under way. */
  slice(load: Load): Promise<Slice>
  close(): Promise<void>
}

/** Starts the three processes in a temporary home. */
export async function openGateThroughClient(): Promise<GateThroughClient> {
  const home = new TestHome()
  const remove = (): void => home.remove()
  process.once('exit', remove)
  const kernel = await KernelProcess.start(home)
  const operator = await kernel.operator()
  const manifest = { program, selectors: [pinned] }
  const { driver } = await operator.must({ do: 'driver.add', name: 'notes', manifest })
  const { token, process: holder } = await operator.addAgent('bob')
  const adapter = await startChild(new URL('adapter-process.ts', import.meta.url), {
    BENCH_SOCKET: home.socket('driver'),
    BENCH_SECRET: await secretOf(kernel, 'notes'),
  })
  await operator.must({ do: 'capability.grant', holder, object: driver ?? 0, caveats })
  operator.client.close()
  const agent: Child = await startChild(new URL('agent-process.ts', import.meta.url), {
    CUSTOS_SOCKET: home.socket('agent'),
    CUSTOS_TOKEN: token,
  })
  return {
    slice: (load) => agent.slice(load),
    async close() {
      await agent.end()
      await adapter.end()
      await kernel.stop()
      process.off('exit', remove)
      remove()
    },
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
