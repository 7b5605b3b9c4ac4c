/**
 * What a drill halts: a throw-away agent, connected to the kernel, with a tree of harmless processes that try to get
 * away. Everything is told apart from the outside: whether the processes are gone is read from /proc, and whether the
 * agent is refused is asked of the kernel.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { descendantsOf, readProcess, readProcesses } from '../supervisor/process-table.ts'
import type { WireClient } from '../wire/client.ts'
import { connectWire } from '../wire/client.ts'
import type { Context } from './command.ts'
import { CommandFailure, exitCodes } from './exit.ts'
import { numberOf, textOf } from './kernel-client.ts'
import { askSupervisor } from './supervisor-client.ts'
import { listUnits } from './command/ps.ts'

/** Harmless processes of a drill, not counting what holds them. */
const processes = 50
const lookEveryMs = 2
const giveUpMs = 10_000
/** A kernel that was killed has its ledger to read before it serves. */
const attachMs = 60_000
/** What nobody holds a capability for, so that asking for it changes nothing in the world. */
const selector = 'drill/nothing'
/** Half of the tree in sessions of their own, with no parent left: what a plain kill of a process does not reach. */
const tree = `i=0; while [ $i -lt ${processes / 2} ]; do setsid sh -c 'sleep 3600 & exit 0'; sleep 3600 & i=$((i+1)); done; wait`

/** Processes that a drill may find alive. */
export interface DrillTree {
  readonly unit: string
  /** Process ids with the instants at which they began. */
  readonly found: ReadonlyMap<number, string>
}

/** Starts the tree for an agent and returns when all of it is there. */
export async function growTree(context: Context, agent: string): Promise<DrillTree> {
  const { paths, env } = context
  const program = {
    command: 'sh',
    args: ['-c', tree],
    cwd: '/',
    env: { PATH: env['PATH'] ?? '/usr/bin:/bin' },
  }
  const { header } = await askSupervisor(paths, { op: 'start', domain: paths.domainName, agent }, program)
  const unit = textOf(header, 'unit')
  const deadline = performance.now() + giveUpMs
  for (;;) {
    const known = (await listUnits(context)).find((entry) => textOf(entry, 'unit') === unit)
    const root = known === undefined || known['pid'] === null ? 0 : numberOf(known, 'pid')
    const rows = readProcesses()
    const pids = new Set(root === 0 ? [] : descendantsOf(root, rows))
    if (pids.size >= processes)
      return {
        unit,
        found: new Map(rows.filter(({ pid }) => pids.has(pid)).map((row) => [row.pid, row.startedAt])),
      }
    if (performance.now() > deadline)
      throw new CommandFailure(exitCodes.fault, 'the drill’s processes did not start', 'see custos ps')
    await pause(50)
  }
}

/** How long it took, in milliseconds, until none of the processes was left; null when something still is. */
export async function untilGone(
  { found }: Pick<DrillTree, 'found'>,
  startedAt: number,
): Promise<number | null> {
  for (;;) {
    const isLeft = [...found].some(([pid, since]) => {
      const row = readProcess(pid)
      return row !== null && row.startedAt === since && !row.isZombie
    })
    const tookMs = performance.now() - startedAt
    if (!isLeft) return tookMs
    if (tookMs > giveUpMs) return null
    await pause(lookEveryMs)
  }
}

/** The agent's own connection, which is not a process of the drill and so survives a halt of the agent. */
export async function attach(context: Context, token: string): Promise<WireClient> {
  const deadline = performance.now() + attachMs
  for (;;) {
    const wire = await connectWire(context.paths.agentSocket, { token })
    if (wire.ok) return wire.value
    if (performance.now() > deadline)
      throw new CommandFailure(exitCodes.fault, `the drill’s agent cannot attach: ${wire.error.message}`)
    await pause(50)
  }
}

/** The code of the refusal that the agent gets for what nobody granted it. */
export async function refusalOf(wire: WireClient): Promise<string> {
  const answer = await wire.request({ op: 'call', object: 1, selector }, Buffer.from('{}'))
  return answer.kind === 'refusal' ? answer.refusal.code : answer.kind
}
