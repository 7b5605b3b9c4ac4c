/**
 * An agent that is never content: several calls under way at any time, some that will be refused, some that
 * are withdrawn, some under a capability with few uses, and now and then a derivation that is used and taken
 * back. When the kernel dies it comes again, more slowly each time. It ends when its standard input does.
 */
import { setTimeout as pause } from 'node:timers/promises'
import type { Agent } from '../../src/sdk/index.ts'
import { ConnectionLost, connectAgent } from '../../src/sdk/index.ts'
import { Random } from '../simulation/world/random.ts'
import { tell } from './acknowledgement.ts'
import type { LoadTask } from './load-task.ts'
import { callsUnderWay } from './load-task.ts'

const task = JSON.parse(process.argv[2] ?? '') as LoadTask
const random = new Random(task.seed, task.name)
const longestBackOffMs = 400
let notes = 0
const ending = new AbortController()

process.stdin.on('end', () => ending.abort())
process.stdin.resume()

/** Makes one call with an id that was never used, and tells how it was answered. */
async function note(agent: Agent, handle: number, name = 'note', prefix = 'n'): Promise<boolean> {
  const id = `${prefix}-${task.name}-${++notes}`
  const text = random.percent(4) ? 'x'.repeat(random.between(4_097, 9_000)) : ''
  const withdraws = random.percent(3)
  const signal = withdraws ? AbortSignal.timeout(random.between(1, 30)) : undefined
  const answer = await agent.call({
    handle,
    selector: `tools/${name}`,
    arguments: { id, text },
    ...(signal === undefined ? {} : { signal }),
  })
  const { process } = agent
  if (!answer.ok) return told(agent, answer.refusal)
  const { seq, call, outcome } = answer
  // Withdrawn before it was sent: nobody ever knew of it.
  if (seq !== 0) tell({ what: 'outcome', process, seq, id, call, outcome })
  return true
}

/** Tells of a refusal that was recorded; one that was only counted has no place in the ledger. */
async function told(
  { process }: Agent,
  { code, seq }: { readonly code: string; readonly seq: number | null },
): Promise<boolean> {
  if (seq !== null) tell({ what: 'refusal', process, seq, code })
  if (code === 'driver-unavailable') await pause(150)
  return false
}

/** Derives a capability, uses it, takes it back, and tries it once more. */
async function lend(agent: Agent): Promise<void> {
  const derived = await agent.derive(task.plain, { uses: 2 })
  if (!derived.ok) return void (await told(agent, derived.refusal))
  const { process } = agent
  const { capability, handle, seq } = derived.value
  tell({ what: 'derived', process, seq, capability })
  await note(agent, handle)
  const revoked = await agent.revoke(capability)
  if (!revoked.ok) return void (await told(agent, revoked.refusal))
  tell({ what: 'revoked', process, seq: revoked.value.seq, capability })
  await note(agent, handle)
}

async function act(agent: Agent): Promise<void> {
  const deed = random.weighted({ plain: 70, counted: 8, stumble: 5, wrong: 3, forbidden: 3, lend: 5 })
  if (deed === 'plain') await note(agent, task.plain)
  else if (deed === 'counted') await note(agent, task.counted)
  else if (deed === 'stumble') await note(agent, task.plain, 'stumble')
  else if (deed === 'wrong') await note(agent, task.plain, 'note', 'wrong')
  else if (deed === 'forbidden') await note(agent, task.plain, 'forbidden')
  else await lend(agent)
}

async function keepBusy(agent: Agent): Promise<void> {
  while (!ending.signal.aborted) {
    await act(agent)
    await pause(random.between(10, 120))
  }
}

let backOffMs = 25
while (!ending.signal.aborted) {
  try {
    const agent = await connectAgent({ home: task.home, token: task.token })
    backOffMs = 25
    await Promise.all(Array.from({ length: callsUnderWay }, () => keepBusy(agent)))
    agent.close()
  } catch (error) {
    // The answer that did not come is not an acknowledgement. Anything else is a broken agent.
    if (!(error instanceof ConnectionLost)) throw error
    await pause(backOffMs)
    backOffMs = Math.min(2 * backOffMs, longestBackOffMs)
  }
}
process.exit(0)
