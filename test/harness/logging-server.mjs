/**
 * An MCP server whose effects can be counted afterwards: `act` appends its arguments to the file that is its
 * first argument, one line a call, and answers; `breed` leaves two processes behind that have a session of
 * their own and no parent; `hang` never answers, and SIGTERM does not end it.
 */
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const [file] = process.argv.slice(2)
process.on('SIGTERM', () => {})

const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
const tools = ['act', 'breed', 'hang'].map((name) => ({ name, inputSchema: { type: 'object' } }))

function call({ id, params }) {
  const result = { content: [{ type: 'text', text: 'ok' }] }
  if (params.name === 'hang') return
  if (params.name === 'breed') {
    const brood = spawn('setsid', ['sh', '-c', 'setsid sleep 3601 & sleep 3602 & exit 0'], {
      stdio: 'ignore',
    })
    brood.on('exit', () => send({ id, result }))
    return
  }
  appendFileSync(file, `${JSON.stringify(params.arguments)}\n`)
  send({ id, result })
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line)
  const { id, method, params } = message
  if (method === 'initialize') {
    const serverInfo = { name: 'log', version: '1' }
    send({ id, result: { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo } })
  } else if (method === 'server/discover') send({ id, error: { code: -32601, message: 'no such method' } })
  else if (method === 'tools/list') send({ id, result: { tools } })
  else if (method === 'tools/call') call(message)
})
