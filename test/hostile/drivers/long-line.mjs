/** Answers with lines of the size it is asked for; a size of 0 is a line without end. */
import { send, serve, text } from './scaffold.mjs'

serve({
  onCall: ({ id, params }) => {
    if (params.arguments.bytes > 0) return send({ id, result: text('x'.repeat(params.arguments.bytes)) })
    const chunk = Buffer.alloc(65_536, 0x78)
    const forever = () => {
      while (process.stdout.write(chunk));
      process.stdout.once('drain', forever)
    }
    forever()
  },
})
