/**
 * An MCP server that does whatever it is asked to, so that what stops it is not itself: it reads, writes, fetches, and
 * tells its environment.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const text = { type: 'string' }
const tools = ['read', 'list', 'write', 'fetch', 'environment'].map((name) => ({
  name,
  inputSchema: { type: 'object', properties: { what: text } },
}))

const deeds = {
  read: (what) => readFileSync(what, 'utf8'),
  list: (what) => readdirSync(what).join(' '),
  write: (what) => (writeFileSync(what, 'written\n'), 'written'),
  fetch: async (what) => {
    const response = await fetch(what)
    return `${response.status} ${await response.text()}`
  },
  environment: () => JSON.stringify(process.env),
}

async function answer({ method, params }) {
  if (method === 'initialize') {
    const { protocolVersion } = params
    return { protocolVersion, capabilities: { tools: {} }, serverInfo: { name: 'curious', version: '1' } }
  }
  if (method === 'tools/list') return { tools }
  if (method !== 'tools/call') return {}
  try {
    return { content: [{ type: 'text', text: String(await deeds[params.name](params.arguments.what)) }] }
  } catch (problem) {
    return { isError: true, content: [{ type: 'text', text: `${problem.message} ${problem.cause ?? ''}` }] }
  }
}

createInterface({ input: process.stdin }).on('line', async (line) => {
  const message = JSON.parse(line)
  if (message.id === undefined) return
  if (message.method === 'server/discover') {
    const error = { code: -32601, message: 'unknown' }
    process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, error })}\n`)
    return
  }
  const result = await answer(message)
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', id: message.id, result })}\n`)
})
