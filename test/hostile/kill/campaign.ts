/**
 * Rounds of: sandboxes full of processes that resist, held under a real supervisor over a real kernel; halt;
 * and a clock from the request to the instant at which nothing of them is left in /proc. Then the ledger is
 * asked whether it says the same, and an operator resumes for the next round.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readProcess } from '../../../src/supervisor/process-table.ts'
import { ledgerEvents, ofKind } from '../../harness/ledger-events.ts'
import { SupervisedHome } from '../../harness/supervised-home.ts'
import { until } from '../../harness/world.ts'
import { DeathWatch } from './death-watch.ts'
import type { HolderTask } from './holder.ts'

/** What to do. */
export interface KillOptions {
  readonly rounds: number
  readonly rung: string
  readonly sandboxes: number
  /** Hostile processes of all sandboxes together, before bombs go off. */
  readonly processes: number
  /** Limit of processes of each sandbox: how far its bombs get. */
  readonly limit: number
  readonly onRound?: (round: KillRound) => void
}

/** What one halt did. */
export interface KillRound {
  /** Alive at the request, with what holds them. */
  readonly alive: number
  /** Sandboxes that stood at the request. */
  readonly standing: number
  /** From the request until nothing was left. */
  readonly goneMs: number
  /** From the request until it was answered. */
  readonly answeredMs: number
  readonly violations: readonly string[]
}

const holder = fileURLToPath(new URL('holder.ts', import.meta.url))
const giveUpMs = 60_000

/** Runs all rounds in one home and leaves nothing behind. */
export async function runKillCampaign(options: KillOptions): Promise<readonly KillRound[]> {
  const home = new SupervisedHome()
  const rounds: KillRound[] = []
  try {
    await home.start()
    for (let number = 0; number < options.rounds; number++) {
      const round = await runRound(home, options)
      rounds.push(round)
      options.onRound?.(round)
    }
    return rounds
  } finally {
    await home.remove()
  }
}

async function runRound(home: SupervisedHome, options: KillOptions): Promise<KillRound> {
  const { child, roots } = await startHolder(home, options)
  try {
    const watch = await afterBombs(roots.flat(), options.processes)
    const alive = watch.count
    // A bomb may end its own sandbox, by a limit.
    const standing = roots.filter((pids) => pids.every(isAlive)).length
    const began = performance.now()
    const answered = home
      .ask({ op: 'halt', by: 'kill campaign', reason: '' })
      .then(() => performance.now() - began)
    const goneMs = await untilGone(watch, began)
    const answeredMs = await answered
    const survivors = watch.survivors()
    const violations = survivors.map((pid) => `process ${pid} outlived the halt by ${giveUpMs} ms`)
    if (alive < options.processes) violations.push(`only ${alive} processes were there to be killed`)
    violations.push(...(await confirmedByLedger(home, standing)))
    return { alive, standing, goneMs, answeredMs, violations }
  } finally {
    for (const pid of roots.flat()) killQuietly(pid)
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }
}

/** Bombs take a moment to reach their limit, and on a busy machine a long one. */
async function afterBombs(roots: readonly number[], processes: number): Promise<DeathWatch> {
  for (const deadline = performance.now() + giveUpMs; ;) {
    await pause(250)
    const watch = new DeathWatch(roots)
    if (watch.count > processes || performance.now() > deadline) return watch
  }
}

async function untilGone(watch: DeathWatch, began: number): Promise<number> {
  for (;;) {
    await pause(1)
    // A look counts as of its beginning: what it does not see was gone then or never seen.
    if (watch.survivors().length === 0) return performance.now() - began
    if (performance.now() - began > giveUpMs) return Infinity
  }
}

/** The ledger must say that every tree was killed and that none was left; then everything may go on. */
async function confirmedByLedger(home: SupervisedHome, standing: number): Promise<readonly string[]> {
  const operator = await home.operator()
  // What it did is recorded beside the answers, perhaps a moment later.
  const halted = await until(() => {
    const last = ofKind(ledgerEvents(home.home.ledger), 'domain.halted').at(-1)
    return last?.body.trees === undefined ? null : last
  }, 'what the halt did')
  const resumed = await operator.order({ do: 'domain.resume' })
  operator.client.close()
  await until(
    async () => ((await home.ask({ op: 'status' })).header['halted'] === null ? true : null),
    'resume',
  )
  const violations: string[] = []
  if (resumed.kind !== 'reply') violations.push(`the domain could not be resumed: ${JSON.stringify(resumed)}`)
  const { trees, survivors } = halted.body
  if ((trees ?? 0) < standing) violations.push(`the ledger tells of ${trees} trees`)
  if (survivors !== 0) violations.push(`the ledger tells of ${survivors} survivors`)
  return violations
}

async function startHolder(
  home: SupervisedHome,
  { rung, sandboxes, processes, limit }: KillOptions,
): Promise<{ readonly child: ChildProcess; readonly roots: readonly (readonly number[])[] }> {
  const child = spawn(process.execPath, [holder], { stdio: ['pipe', 'pipe', 'inherit'] })
  const socket = join(home.home.folder, 'run', 'supervisor.sock')
  const task: HolderTask = { socket, rung, sandboxes, processes: Math.ceil(processes / sandboxes), limit }
  child.stdin.end(`${JSON.stringify(task)}\n`)
  const line = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>
  const ended = once(child, 'exit').then(() => null)
  const first = await Promise.race([line, ended])
  if (first === null) throw new Error('the holder ended before its sandboxes stood')
  const { ready } = JSON.parse(first[0]) as { readonly ready: readonly (readonly number[])[] }
  return { child, roots: ready }
}

function isAlive(pid: number): boolean {
  return readProcess(pid)?.isZombie === false
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It is gone, as it should be.
  }
}
