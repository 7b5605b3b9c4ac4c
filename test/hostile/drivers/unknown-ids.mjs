/** Answers calls that nobody made, first a few and then without end. */
import { send, serve, text } from './scaffold.mjs'

serve({
  onCall: ({ id, params }) => {
    for (let n = 0; n < params.arguments.count; n++) send({ id: 1_000_000 + n, result: text('made up') })
    send({ id, result: text('honest') })
  },
})
