/**
 * An MCP server with a memory that outlives it: each `note` appends one line to the file given as argument,
 * in one write, and only then answers. The pauses before and after make room for whoever wants to kill it
 * between the effect and the answer. A line is the id and the SHA-256 of the arguments as they came.
 */
import { createHash } from 'node:crypto'
import { openSync, writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'

const effects = openSync(process.argv[2], 'a', 0o600)

const inputSchema = {
  type: 'object',
  properties: { id: { type: 'string' }, text: { type: 'string' } },
  required: ['id'],
}
const annotations = { destructiveHint: false }
const tools = ['note', 'stumble', 'forbidden'].map((name) => ({ name, inputSchema, annotations }))

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

/** Notes the id; `stumble` does so too, and then says that it failed. */
async function call(id, { name, arguments: given }) {
  await pause(Math.random() * 20)
  const digest = createHash('sha256').update(JSON.stringify(given)).digest('hex')
  writeSync(effects, `${given.id} ${digest}\n`)
  await pause(Math.random() * 10)
  const isError = name === 'stumble'
  send({ id, result: { content: [{ type: 'text', text: given.id }], ...(isError ? { isError } : {}) } })
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (method === 'initialize') {
    const { protocolVersion } = params
    const serverInfo = { name: 'recorder', version: '1' }
    send({ id, result: { protocolVersion, capabilities: { tools: {} }, serverInfo } })
  } else if (method === 'tools/list') send({ id, result: { tools } })
  else if (method === 'tools/call') void call(id, params)
  else if (method === 'ping') send({ id, result: {} })
  else if (method === 'server/discover') send({ id, error: { code: -32601, message: 'no such method' } })
})
