/** Floods its output with notifications for as long as it lives, and answers in between. */
import { send, serve, text } from './scaffold.mjs'

function flood() {
  const line =
    JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: { pad: 'x'.repeat(4000) } }) +
    '\n'
  while (process.stdout.write(line));
  process.stdout.once('drain', () => setImmediate(flood))
}

serve({
  onCall: ({ id }) => {
    flood()
    send({ id, result: text('still here') })
  },
})
