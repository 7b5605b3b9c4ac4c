/**
 * The whole way: an agent in one process, the real kernel in another, a driver's adapter in a third, over the
 * real sockets. A call crosses four of them and becomes durable twice on the way.
 */
import type { Child } from '../measure/child.ts'
import { startChild } from '../measure/child.ts'
import type { Slice } from '../measure/contest.ts'
import type { Load } from './agent-process.ts'
import { openAnsweringKernel } from './answering-kernel.ts'

/** A kernel that serves one agent and one driver, each in a process of its own. */
export interface GateThroughClient {
  /** Has the agent keep so many calls under way. */
  slice(load: Load): Promise<Slice>
  close(): Promise<void>
}

/** Starts the three processes in a temporary home. */
export async function openGateThroughClient(): Promise<GateThroughClient> {
  const kernel = await openAnsweringKernel(['bob'])
  const agent: Child = await startChild(new URL('agent-process.ts', import.meta.url), {
    CUSTOS_SOCKET: kernel.agentSocket,
    CUSTOS_TOKEN: kernel.tokens[0] ?? '',
  })
  return {
    slice: (load) => agent.slice(load),
    async close() {
      await agent.end()
      await kernel.close()
    },
  }
}
