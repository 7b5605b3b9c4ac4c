/**
 * An agent that is told on its standard input, line by line, how hard to work and for how long, and answers on its
 * standard output with what it saw: so it can be run inside a boundary as well as outside. Started by
 * `gated-call.ts`.
 */
import { createInterface } from 'node:readline'
import { exampleAgent } from '../kernel/example-agent.ts'
import type { Load } from '../kernel/agent-process.ts'
import { closedLoop } from '../measure/closed-loop.ts'

const call = await exampleAgent()

process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const { inFlight, sliceMs } = JSON.parse(line) as Load
  process.stdout.write(`${JSON.stringify(await closedLoop(call, inFlight, sliceMs))}\n`)
}
process.exit(0)
