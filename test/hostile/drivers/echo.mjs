/** Not hostile: tells the exact bytes of the line in which it was called. */
import { send, text } from './scaffold.mjs'

import { Buffer } from 'node:buffer'
import { tool } from './scaffold.mjs'

let pending = Buffer.alloc(0)
process.stdin.on('data', (chunk) => {
  pending = Buffer.concat([pending, chunk])
  for (let end = pending.indexOf(10); end !== -1; end = pending.indexOf(10)) {
    const line = pending.subarray(0, end)
    pending = pending.subarray(end + 1)
    const { id, method, params } = JSON.parse(line.toString())
    if (method === 'initialize') {
      send({
        id,
        result: { protocolVersion: params.protocolVersion, capabilities: {}, serverInfo: { name: 'echo' } },
      })
    } else if (method === 'tools/list') send({ id, result: { tools: [tool('echo')] } })
    else if (method === 'server/discover') send({ id, error: { code: -32601, message: 'no such method' } })
    else if (method === 'tools/call') send({ id, result: text(line.toString('base64')) })
  }
})
