/** Answers with bytes that are not UTF-8, then properly. */
import { send, serve, text } from './scaffold.mjs'

serve({
  onCall: ({ id }) => {
    const line = Buffer.from(JSON.stringify({ jsonrpc: '2.0', id, result: text('?') }) + '\n')
    line[line.indexOf(0x3f)] = 0xff
    process.stdout.write(line)
    send({ id, result: text('proper') })
  },
})
