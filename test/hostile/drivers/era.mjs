/**
 * Programs that are particular about how they are greeted. The argument says how: `silent` ignores what it does
 * not know, `touchy` exits on any request before the handshake, `slow` is stateless and answers late, `newer`
 * knows only a revision of the future, `confused` answers a discovery with nonsense.
 */
import { createInterface } from 'node:readline'
import { send, tool } from './scaffold.mjs'

const [manner, delayMs = '300'] = process.argv.slice(2)
const capabilities = { tools: {} }

function discovered({ id }) {
  switch (manner) {
    case 'touchy':
      return process.exit(3)
    case 'slow':
      return setTimeout(
        () => send({ id, result: { supportedVersions: ['2026-07-28'], capabilities } }),
        Number(delayMs),
      )
    case 'newer': {
      const data = { supported: ['2099-01-01'], requested: '2026-07-28' }
      return send({ id, error: { code: -32022, message: 'unsupported', data } })
    }
    case 'confused':
      return send({ id, result: { supportedVersions: 'all of them' } })
    default:
      return undefined
  }
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const message = JSON.parse(line)
  const { id, method } = message
  if (method === 'server/discover') discovered(message)
  else if (method === 'initialize' && manner === 'slow')
    setTimeout(() => send({ id, error: { code: -32601, message: 'no handshake' } }), Number(delayMs) / 2)
  else if (method === 'initialize') {
    const serverInfo = { name: manner, version: '1' }
    send({ id, result: { protocolVersion: '2025-06-18', capabilities, serverInfo } })
  } else if (method === 'tools/list') send({ id, result: { tools: [tool('act')] } })
})
