/**
 * An agent in its own process, written with the SDK. Its parent tells it how hard to work and for how long; it
 * answers with what it saw. Started by `gate-through-client.ts`.
 */
import { connectAgent } from '../../src/sdk/agent.ts'
import { closedLoop } from '../measure/closed-loop.ts'
import { callArguments, selector } from './example-call.ts'

/** What the parent asks for. */
export interface Load {
  readonly inFlight: number
  readonly sliceMs: number
}

const agent = await connectAgent()
const [capability] = await agent.capabilities()
if (capability === undefined) throw new Error('the agent holds nothing')
const { handle } = capability

async function call(): Promise<void> {
  const answer = await agent.call({ handle, selector, arguments: callArguments })
  if (!answer.ok) throw new Error(answer.refusal.message)
  if (answer.outcome !== 'done') throw new Error(answer.outcome)
}

process.on('message', ({ inFlight, sliceMs }: Load) => {
  void closedLoop(call, inFlight, sliceMs).then((slice) => process.send?.(slice))
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')
