/** Writes what is no message, as often as it is asked to, and then answers. */
import { send, serve, text } from './scaffold.mjs'

serve({
  onCall: ({ id, params }) => {
    for (let n = 0; n < params.arguments.count; n++) process.stdout.write('debug: thinking about ' + n + '\n')
    send({ id, result: text('honest') })
  },
})
