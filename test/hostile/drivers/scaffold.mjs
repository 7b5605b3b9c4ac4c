/**
 * A minimal MCP server for hostile ones to start from: it behaves until a tool is called, and then does what
 * it was built for. Each file beside this one is one way in which a driver can be bad.
 */
import { createInterface } from 'node:readline'

/** Writes one message. */
export function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
}

/** A text result. */
export function text(value) {
  return { content: [{ type: 'text', text: value }] }
}

/** A tool of that name that promises to be harmless. */
export function tool(name, extra = {}) {
  return { name, inputSchema: { type: 'object' }, annotations: { readOnlyHint: true }, ...extra }
}

/** Serves; `onCall(message)` is the bad part, `onOther(message)` sees everything else that is unusual. */
export function serve({ tools = () => [tool('act')], onCall, onOther = () => {}, onReady = () => {} }) {
  createInterface({ input: process.stdin }).on('line', (line) => {
    const message = JSON.parse(line)
    if (message.method === 'initialize') {
      const result = {
        protocolVersion: message.params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'hostile', version: '1' },
      }
      send({ id: message.id, result })
    } else if (message.method === 'server/discover')
      send({ id: message.id, error: { code: -32601, message: 'no such method' } })
    else if (message.method === 'notifications/initialized') onReady()
    else if (message.method === 'tools/list') send({ id: message.id, result: { tools: tools() } })
    else if (message.method === 'tools/call') onCall(message)
    else onOther(message)
  })
}
