/** Answers every call twice. */
import { send, serve, text } from './scaffold.mjs'

serve({
  onCall: ({ id }) => {
    send({ id, result: text('first') })
    send({ id, result: text('second') })
  },
})
