/** Leaves a process behind that has its own session and no living parent. */
import { send, serve, text } from './scaffold.mjs'

import { spawn } from 'node:child_process'

serve({
  onCall: ({ id }) => {
    const child = spawn('setsid', ['sh', '-c', 'sleep 3599 & sleep 3598 & exit 0'], {
      stdio: 'ignore',
      detached: true,
    })
    child.on('exit', () => send({ id, result: text('gone') }))
  },
})
