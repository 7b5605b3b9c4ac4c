/**
 * A process of its own that starts sandboxes full of hostile processes and holds them under the supervisor, as
 * `custos run` does. Told what to do by one JSON line on standard input; says `ready` with the outermost
 * processes of each sandbox when all of them have begun, and ends when nothing of any is left.
 */
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Confined } from '../../../src/sandbox/boundary.ts'
import type { WireClient } from '../../../src/wire/client.ts'
import { connectWire } from '../../../src/wire/client.ts'
import { confinerOf } from './confiner-of.ts'
import { hostileProgram, manners } from './hostile-program.ts'
import { tightBoundary } from './tight-boundary.ts'

/** What a holder is told. */
export interface HolderTask {
  readonly socket: string
  readonly rung: string
  readonly sandboxes: number
  /** Hostile processes in each, before the bombs among them go off. */
  readonly processes: number
  /** Limit of processes of each sandbox. */
  readonly limit: number
}

async function main(): Promise<void> {
  const [line] = (await once(createInterface({ input: process.stdin }), 'line')) as [string]
  const task = JSON.parse(line) as HolderTask
  const started = await Promise.all(Array.from({ length: task.sandboxes }, (_, n) => startOne(task, n)))
  process.stdout.write(`${JSON.stringify({ ready: started.map(({ pids }) => pids) })}\n`)
  await Promise.all(started.map(({ ended }) => ended))
  process.exit(0)
}

async function startOne(task: HolderTask, number: number): Promise<Confined> {
  const confiner = await confinerOf(task.rung)
  let wire: WireClient | null = null
  const started = await confiner.start(tightBoundary(task.limit), {
    command: '/usr/bin/perl',
    args: hostileProgram(manners(task.processes)),
    stdio: ['ignore', 'pipe', 'inherit'],
    beforeStart: async (pids) => {
      wire = await hold(task, number, pids, () => confined?.kill())
    },
  })
  if (!started.ok) throw new Error(started.error)
  const confined: Confined = started.value
  await once(confined.child.stdout ?? process.stdin, 'data')
  // Its end is the holder's news for the supervisor.
  void confined.ended.then(() => wire?.close())
  return confined
}

async function hold(
  { socket, rung }: HolderTask,
  number: number,
  pids: readonly number[],
  stopped: () => void,
): Promise<WireClient> {
  const opened = await connectWire(socket, {}, { onNotice: stopped })
  if (!opened.ok) throw new Error(opened.error.message)
  const name = `hostile ${number}`
  const answer = await opened.value.request({
    op: 'hold',
    agent: '',
    process: 0,
    name,
    rung,
    pids: [...pids],
  })
  if (answer.kind !== 'reply') throw new Error(JSON.stringify(answer))
  void opened.value.closed.then(stopped)
  return opened.value
}

await main()
