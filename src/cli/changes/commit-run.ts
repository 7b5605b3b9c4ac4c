/**
 * Commits changes of a run as the run: the call is made with the run's own token, held by the gate like any
 * other, and approved by a person's signature over exactly its arguments. This command only brings the two
 * together; neither the run nor it can commit anything by itself.
 */
import { readFileSync } from 'node:fs'
import { id } from '../../base/ids.ts'
import type { CallId } from '../../base/ids.ts'
import { commitArgumentsJson } from '../../driver/workspace/commit-arguments.ts'
import { commitSelector, workspaceDriver } from '../../driver/workspace/workspace-definitions.ts'
import type { Change } from '../../sandbox/changes/change.ts'
import type { Parts } from '../../sandbox/changes/chosen-changes.ts'
import type { Agent } from '../../sdk/agent.ts'
import { connectAgent } from '../../sdk/agent.ts'
import type { CallAnswer } from '../../sdk/call.ts'
import { ConnectionLost } from '../../sdk/connection-lost.ts'
import { pendingApprovals } from '../command/approvals.ts'
import type { Context } from '../command.ts'
import { visible } from '../escape.ts'
import { CommandFailure, exitCodes, refusedFailure, unreachableFailure, usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listDrivers } from '../lookup.ts'
import { canAsk, confirm } from '../prompt.ts'
import { runFolder } from '../run/run-record.ts'
import { ensureServices } from '../run/service-drivers.ts'
import { signAndSend } from '../signing.ts'
import { changeCounts, changeLines } from './change-rendering.ts'
import { endIfNothingWaits, recordOf } from './drop-changes.ts'
import type { RunChanges } from './run-changes.ts'
import { chosenParts, pathInFolder, readRunChanges } from './run-changes.ts'

/** What is committed, and what may go along. */
export interface CommitOptions {
  /** As typed; empty for everything. */
  readonly only: readonly string[]
  readonly except: readonly string[]
  /** Also over what changed in the folder meanwhile. */
  readonly overwrite: boolean
  /** Also what needs a look, without naming it. */
  readonly flagged: boolean
}

/** What was committed. */
export interface Committed {
  readonly committed: number
  readonly seq: number
  readonly digest: string
  /** True when nothing of the run is left to decide, and it was ended. */
  readonly isOver: boolean
}

const shownFlagged = 100

/** Has the chosen changes approved and committed. Fails as a command does. */
export async function commitRun(
  context: Context,
  kernel: KernelClient,
  run: string,
  options: CommitOptions,
): Promise<Committed> {
  const record = recordOf(context, run)
  const changes = await readRunChanges(context.paths, run)
  const { folder } = changes.run
  const only = options.only.map((path) => pathInFolder(path, folder))
  const except = options.except.map((path) => pathInFolder(path, folder))
  const parts: Parts = { only, except, overwrite: options.overwrite }
  const { chosen, digest } = chosenParts(changes, parts)
  if (chosen.length === 0) throw usageFailure('there is nothing to commit', `see: custos changes show ${run}`)
  refuseConflicts(chosen, options)
  await lookAtFlagged(context, chosen, only, options)
  await ensureServices(context, kernel, ['workspace'], await listDrivers(kernel))
  const flagged = flaggedOf(chosen).length
  const order = { run, folder, digest, entries: chosen.length, flagged, parts }
  const argumentBytes = Buffer.from(JSON.stringify(commitArgumentsJson(order)))
  context.out.note(`run ${run} in ${visible(folder)}: ${changeCounts(chosen)}`)
  const answer = await callAsRun(context, kernel, changes, argumentBytes)
  const seq = committedAt(answer)
  const isOver = await endIfNothingWaits(context, record)
  return { committed: chosen.length, seq, digest, isOver }
}

function flaggedOf(chosen: readonly Change[]): readonly Change[] {
  return chosen.filter(({ flags }) => flags.length > 0)
}

function refuseConflicts(chosen: readonly Change[], { overwrite }: CommitOptions): void {
  const conflicts = chosen.filter(({ conflict }) => conflict !== '')
  const [first] = conflicts
  if (overwrite || first === undefined) return
  throw usageFailure(
    `${conflicts.length} of the changes are in conflict with the folder, first ${visible(first.path)}: ${visible(first.conflict)}`,
    'leave them out with --except PATH, or take them over what is there with --overwrite',
  )
}

/** What needs a look is shown and must be meant: named by its own path, or allowed here and now. */
async function lookAtFlagged(
  { out }: Context,
  chosen: readonly Change[],
  only: readonly string[],
  { flagged }: CommitOptions,
): Promise<void> {
  const unnamed = flaggedOf(chosen).filter(({ path }) => !only.includes(path))
  const all = flaggedOf(chosen)
  for (const change of all.slice(0, shownFlagged)) for (const line of changeLines(change)) out.note(line)
  if (all.length > shownFlagged) out.note(`… and ${all.length - shownFlagged} more that need a look`)
  if (flagged || unnamed.length === 0) return
  if (canAsk() && (await confirm(`${unnamed.length} of the changes need a look (above). Commit them too?`)))
    return
  throw usageFailure(
    `${unnamed.length} of the changes need a look, and nothing was committed`,
    'commit them too with --flagged, name them, or leave them out with --except PATH',
  )
}

async function callAsRun(
  context: Context,
  kernel: KernelClient,
  { run }: RunChanges,
  argumentBytes: Uint8Array,
): Promise<CallAnswer> {
  const agent = await attach(context, run.run)
  const withdrawn = new AbortController()
  const approvals: Promise<void>[] = []
  try {
    const answer = await agent.call({
      object: workspaceDriver,
      selector: commitSelector,
      arguments: argumentBytes,
      signal: withdrawn.signal,
      onHeld: ({ call }) => {
        const approval = approve(context, kernel, call, argumentBytes)
        // Whoever does not approve does not wait; the same commit asked for again finds the same held call.
        approval.catch(() => withdrawn.abort())
        approvals.push(approval)
      },
    })
    await Promise.all(approvals)
    return answer
  } catch (problem) {
    await Promise.all(approvals)
    if (problem instanceof ConnectionLost)
      throw unreachableFailure(problem.message, 'see: custos ledger tail')
    throw problem
  } finally {
    agent.close()
  }
}

async function attach({ paths }: Context, run: string): Promise<Agent> {
  try {
    const token = readFileSync(runFolder(paths.state, run).token, 'utf8').trim()
    return await connectAgent({ socket: paths.agentSocket, token })
  } catch (problem) {
    const reason = problem instanceof Error ? problem.message : String(problem)
    throw new CommandFailure(
      exitCodes.unreachable,
      `run ${run} cannot ask for it any more: ${visible(reason)}`,
      'its process was ended; its changes can still be shown, and dropped',
    )
  }
}

async function approve(
  context: Context,
  kernel: KernelClient,
  call: number,
  argumentBytes: Uint8Array,
): Promise<void> {
  const held = (await pendingApprovals(kernel)).find((approval) => approval.call === call)
  if (held === undefined) return
  if (!held.checked.ok || !Buffer.from(argumentBytes).equals(held.checked.value.argumentBytes)) {
    throw new CommandFailure(exitCodes.damaged, 'what is held is not what was asked for; nothing was signed')
  }
  const { selector, objectName } = held.checked.value
  const action = {
    do: 'call.approve',
    call: id<CallId>(call),
    digest: held.digest,
    comment: '',
  } as const
  await signAndSend(context, kernel, action, [
    `(${visible(selector)} on ${visible(objectName)}: ${visible(Buffer.from(argumentBytes).toString('utf8'))})`,
  ])
}

function committedAt(answer: CallAnswer): number {
  if (!answer.ok) throw refusedFailure(answer.refusal)
  if (answer.outcome === 'done') return answer.seq
  const isUnknown = answer.outcome === 'in-doubt' || answer.outcome === 'timed-out'
  throw new CommandFailure(
    exitCodes.refused,
    `the changes were not committed: ${visible(answer.reason === '' ? answer.outcome : answer.reason)}`,
    isUnknown ? 'the folder is settled when the service is back; then look again' : '',
    { code: answer.outcome, seq: answer.seq },
  )
}
