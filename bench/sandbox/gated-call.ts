/**
 * One governed call from inside a boundary: an agent with the SDK in the bubblewrap boundary, over the kernel's own
 * socket that is bound into it, to the real kernel and an adapter that answers at once, each in a process of its own.
 * The ledger lies in memory, where a flush costs nothing, so everything is counted but the durable write. Beside it
 * the same agent in no boundary.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { emptyBoundary } from '../../src/sandbox/empty-boundary.ts'
import type { Confined } from '../../src/sandbox/boundary.ts'
import { confinerOn } from '../../src/sandbox/ladder.ts'
import { openAnsweringKernel } from '../kernel/answering-kernel.ts'
import type { OpenSuite } from '../measure/contest.ts'
import type { LineChild } from '../measure/line-child.ts'
import { lineChild } from '../measure/line-child.ts'

const inMemory = '/dev/shm'
const entry = fileURLToPath(new URL('inside-agent.ts', import.meta.url))
const repository = fileURLToPath(new URL('../..', import.meta.url))
const subject = 'agent inside bubblewrap'
/** In µs. */
const bar = 100
const warmUpSlices = 5

/** The contest, where there is a folder in memory; else none, and standard error says why. */
export async function openGatedCall(sliceMs: number): Promise<OpenSuite> {
  if (!existsSync(inMemory)) {
    process.stderr.write(`bench: no gated call from inside: ${inMemory} is not there\n`)
    return { contests: [], close: () => Promise.resolve() }
  }
  const kernel = await openAnsweringKernel(['inside', 'outside'], inMemory)
  const [insideToken = '', outsideToken = ''] = kernel.tokens
  const confined = await startInside(kernel.agentSocket, insideToken)
  const inside = await lineChild(confined.child)
  const outside = await startOutside(kernel.agentSocket, outsideToken)
  const load = { inFlight: 1, sliceMs }
  // The engine takes thousands of calls to compile what a call needs: nobody's working day begins there.
  await inside.slice({ inFlight: 1, sliceMs: warmUpSlices * sliceMs })
  return {
    contests: [
      {
        title: 'gated call, ledger in memory',
        unit: 'calls',
        ours: [{ name: subject, slice: () => inside.slice(load) }],
        references: [{ name: 'the same agent in no boundary', slice: () => outside.slice(load) }],
        bars: [{ subject, reference: null, of: 'latency', bar }],
      },
    ],
    async close() {
      await inside.end()
      await confined.ended
      await outside.end()
      await kernel.close()
    },
  }
}

async function startInside(agentSocket: string, token: string): Promise<Confined> {
  const empty = emptyBoundary()
  const boundary = {
    ...empty,
    readable: [...['bench', 'src', 'package.json'].map((name) => join(repository, name)), process.execPath],
    environment: { CUSTOS_TOKEN: token },
    sockets: { agent: agentSocket },
  }
  const what = { command: process.execPath, args: [entry], stdio: 'pipe' } as const
  const started = await confinerOn('bubblewrap').start(boundary, what)
  if (!started.ok) throw new Error(started.error)
  return started.value
}

function startOutside(agentSocket: string, token: string): Promise<LineChild> {
  const env = { PATH: process.env['PATH'], CUSTOS_SOCKET: agentSocket, CUSTOS_TOKEN: token }
  return lineChild(spawn(process.execPath, [entry], { env, stdio: 'pipe' }))
}
