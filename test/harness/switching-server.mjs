/**
 * An MCP server whose tools are whatever the file that is its first argument says, read anew for every list: a
 * JSON array of tools. Every call answers with the arguments it got.
 */
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [file] = process.argv.slice(2)
const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)

createInterface({ input: process.stdin }).on('line', (line) => {
  const { id, method, params } = JSON.parse(line)
  if (method === 'initialize') {
    const serverInfo = { name: 'switching', version: '1' }
    send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo } })
  } else if (method === 'tools/list') {
    send({ id, result: { tools: JSON.parse(readFileSync(file, 'utf8')) } })
  } else if (method === 'tools/call') {
    send({ id, result: { content: [{ type: 'text', text: JSON.stringify(params.arguments) }] } })
  } else if (id !== undefined) send({ id, error: { code: -32601, message: 'no such method' } })
})
