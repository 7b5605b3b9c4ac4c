/**
 * One start of a boundary, told in JSON on standard input and answered in JSON on standard output. A program of its
 * own, so that a test can let an ordinary user do the starting, plant descriptors, or kill the starter.
 */
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout } from 'node:timers/promises'
import type { Boundary, Rung } from '../../src/sandbox/boundary.ts'
import { confinerOn } from '../../src/sandbox/ladder.ts'

interface Task {
  readonly boundary: Boundary
  readonly command: readonly string[]
  readonly rejects: boolean
  readonly killAfterMs: number | null
  /** Whether the program gets the streams of this program itself. */
  readonly inherits: boolean
  readonly holdMs: number
}

const task = JSON.parse(process.argv[2] ?? (await text(process.stdin))) as Task
const [command = '', ...args] = task.command
// As whoever gives a program its terminal must: what is typed there is for the program.
if (task.inherits) process.on('SIGINT', () => {}).on('SIGQUIT', () => {})
let outside = ''
const confiner = confinerOn((process.env['TRIAL_RUNG'] ?? 'bubblewrap') as Rung)
const startedAt = Date.now()
const started = await confiner.start(task.boundary, {
  command,
  args,
  stdio: task.inherits ? 'inherit' : ['ignore', 'pipe', 'pipe'],
  beforeStart: async (pids) => {
    for (const pid of pids) outside += readFileSync(`/proc/${pid}/status`, 'utf8')
    if (task.holdMs > 0) await setTimeout(task.holdMs)
    if (task.rejects) throw new Error('it must not begin')
  },
})
const heldMs = Date.now() - startedAt
if (started.ok) {
  const { child, ended, pids } = started.value
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) =>
    stream === null ? Promise.resolve('') : text(stream),
  )
  const usage = started.value.usage()
  if (task.killAfterMs !== null) {
    await setTimeout(task.killAfterMs)
    started.value.kill()
    started.value.kill()
  }
  const end = await ended
  const answer = { error: '', end, stdout: await stdout, stderr: await stderr, outside, pids, usage, heldMs }
  process.stdout.write(JSON.stringify(answer))
} else {
  process.stdout.write(JSON.stringify({ error: started.error, stdout: '', stderr: '', outside, pids: [] }))
}
