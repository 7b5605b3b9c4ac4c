/**
 * An agent whose writes a person must approve: it asks, is told that it waits, and hears the decision.
 *
 *   CUSTOS_TOKEN=… npx node --conditions=source examples/writer.mjs /absolute/path 'text'
 */
import { connectAgent } from 'custos/sdk'

const [path = '', content = ''] = process.argv.slice(2)
const agent = await connectAgent()
const answer = await agent.call({
  object: 'files',
  selector: 'tools/write_file',
  arguments: { path, content },
  onHeld: ({ call, demands }) => console.log(`call ${call} waits for a person: ${demands.join('; ')}`),
})
if (answer.ok) console.log(`${answer.outcome}, recorded in #${answer.seq}`)
else
  console.log(`refused (${answer.refusal.code}): ${answer.refusal.message} Needed: ${answer.refusal.needed}`)
agent.close()
