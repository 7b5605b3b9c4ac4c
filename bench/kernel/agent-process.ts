/**
 * An agent in its own process, written with the SDK. Its parent tells it how hard to work and for how long; it
 * answers with what it saw. Started by `gate-through-client.ts`.
 */
import { closedLoop } from '../measure/closed-loop.ts'
import { exampleAgent } from './example-agent.ts'

/** What the parent asks for. */
export interface Load {
  readonly inFlight: number
  readonly sliceMs: number
}

const call = await exampleAgent()

process.on('message', ({ inFlight, sliceMs }: Load) => {
  void closedLoop(call, inFlight, sliceMs).then((slice) => process.send?.(slice))
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
