/** Asks its client for roots, sampling and elicitation, and tells what it got. */
import { send, serve, text } from './scaffold.mjs'

const answers = []
let call = null

serve({
  onCall: ({ id }) => {
    call = id
    send({ id: 'r', method: 'roots/list' })
    send({ id: 's', method: 'sampling/createMessage', params: { messages: [] } })
    send({ id: 'e', method: 'elicitation/create', params: { message: 'your password?' } })
    send({ id: 'p', method: 'ping' })
  },
  onOther: (message) => {
    answers.push(message)
    if (answers.length === 4) send({ id: call, result: text(JSON.stringify(answers)) })
  },
})
