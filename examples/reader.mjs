/**
 * The smallest agent: reads one file through the gate and says what it heard.
 *
 *   CUSTOS_TOKEN=… npx node --conditions=source examples/reader.mjs /absolute/path
 */
import { connectAgent } from 'custos/sdk'

const agent = await connectAgent()
const read = agent.tool('files', 'read_text_file')
const answer = await read({ path: process.argv[2] ?? '' })
if (answer.ok) console.log(`${answer.outcome}, recorded in #${answer.seq}: ${JSON.stringify(answer.result)}`)
else
  console.log(`refused (${answer.refusal.code}): ${answer.refusal.message} Needed: ${answer.refusal.needed}`)
agent.close()
