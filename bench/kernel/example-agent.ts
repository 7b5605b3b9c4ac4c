/** An agent with one capability that makes the call which the benches count, again and again. */
import { connectAgent } from '../../src/sdk/agent.ts'
import { callArguments, selector } from './example-call.ts'

/** Attaches with what stands in the environment, and answers with a function that makes one call and throws if it was not done. */
export async function exampleAgent(): Promise<() => Promise<void>> {
  const agent = await connectAgent()
  const [capability] = await agent.capabilities()
  if (capability === undefined) throw new Error('the agent holds nothing')
  const { handle } = capability
  return async () => {
    const answer = await agent.call({ handle, selector, arguments: callArguments })
    if (!answer.ok) throw new Error(answer.refusal.message)
    if (answer.outcome !== 'done') throw new Error(answer.outcome)
  }
}
