/**
 * The program of a worker: one operating-system process for one script. It reads the script and its settings
 * from standard input, runs it, passes its syscalls on and gives it the answers one after the other, each time
 * until the script waits again. It opens nothing, and its environment and arguments say nothing.
 *
 * Time in here is what the parent said last: `Date.now` is replaced before the engine is loaded, and the time
 * zone is UTC by the environment that the launcher makes.
 */
import { Peer } from '../../wire/peer.ts'
import type { Ask, Machine, MachineEnd } from './machine.ts'
import { loadMachine } from './machine.ts'
import { machineLimits } from './agent-limits.ts'
import { pipeConnection } from './pipe-connection.ts'
import type { WorkerTask } from './worker-messages.ts'
import { answerOf, endHeader, readTask } from './worker-messages.ts'

let now = 0
Date.now = () => now

const noBody = new Uint8Array()
/** Everything that a script can have said in one turn, which cannot leave before the turn is over. */
const maxBufferedBytes = 2 * (machineLimits.outstandingBytes + 4 * machineLimits.logTotal)

const pipes = pipeConnection(process.stdin, process.stdout)
let machine: Machine | null = null
let isOver = false
let answered = 0

const peer: Peer = new Peer({
  side: 'connector',
  credit: 0,
  maxBufferedBytes,
  transport: pipes.transport,
  handler: {
    onWelcome(header, body) {
      const task = readTask(header)
      if (task === null) peer.goodbye('header', 'a welcome without a task')
      else void run(task, new TextDecoder().decode(body))
    },
    onClosed: () => process.exit(0),
  },
})

async function run(task: WorkerTask, source: string): Promise<void> {
  now = task.startedAt
  try {
    machine = await loadMachine(task, { ask, log })
  } catch (problem) {
    return end({ how: 'engine', text: problem instanceof Error ? problem.message.slice(0, 300) : 'failed' })
  }
  told(machine.start(source))
}

function ask(n: number, what: Ask): void {
  const body = what.kind === 'call' ? new TextEncoder().encode(what.arguments) : noBody
  const header =
    what.kind === 'call'
      ? { op: what.kind, n, driver: what.driver, selector: what.selector }
      : { op: what.kind, n }
  peer.request(header, body, (answer) => {
    if (machine === null || isOver || answer.kind !== 'reply') return
    const said = answerOf(answer.header)
    if (said === null) return peer.goodbye('header', 'an answer that is none')
    now = Math.max(now, said.now)
    answered += 1
    const result = answer.header['empty'] === true ? null : new TextDecoder().decode(answer.body)
    told(machine.deliver(n, said.head, result))
  })
}

function log(text: string): void {
  peer.notice(0, { event: 'log' }, new TextEncoder().encode(text))
}

/** The script's turn is over, and perhaps the script. */
function told(ended: MachineEnd | null): void {
  if (ended !== null) return end(ended)
  peer.notice(0, { event: 'turn', issued: machine?.issued ?? 0 })
}

function end(ended: MachineEnd): void {
  isOver = true
  const used = { fuel: machine?.spent ?? 0, issued: machine?.issued ?? 0, answered }
  const header = endHeader({ how: ended.how, ...used })
  peer.notice(0, header, new TextEncoder().encode(ended.text.toWellFormed()))
}

pipes.start(
  (bytes) => peer.receive(bytes),
  (reason) => peer.transportClosed(reason),
)
peer.hello({})
