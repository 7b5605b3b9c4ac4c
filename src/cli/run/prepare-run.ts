/**
 * What is found out and decided before a run is made: which boundary, whose run, and the services that it needs. All
 * that a person has to sign is asked for here or right after, before the program has their terminal.
 */
import { isJsonObject } from '../../base/json.ts'
import type { Confiner } from '../../sandbox/boundary.ts'
import { chosenConfiner } from '../chosen-confiner.ts'
import type { Context } from '../command.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { connectKernel } from '../kernel-client.ts'
import { keyFolder } from '../key-folder.ts'
import { findAgent } from '../lookup.ts'
import type { ParentLink } from './parent-link.ts'
import { attachParent } from './parent-link.ts'
import { closeAbandoned, endLeftOver } from './run-end.ts'
import type { Guarded, RunRequest } from './run-request.ts'
import { guardedFolders, runRequest } from './run-request.ts'
import { ensureServices } from './service-drivers.ts'
import { settleAbandoned } from './settle-abandoned.ts'
import { namedAgentToken, standingAgent, standingAgentToken } from './standing-agent.ts'

/** Everything that a run is made from. */
export interface Preparation {
  readonly context: Context
  readonly request: RunRequest
  readonly guarded: Guarded
  readonly kernel: KernelClient
  readonly parent: ParentLink
  readonly confiner: Confiner
  /** The object id of the net service. */
  readonly net: number
}

/** Prepares what the command line says, has `body` use it, and closes every connection. */
export async function withPreparation(
  asked: Context,
  body: (prepared: Preparation) => Promise<number>,
): Promise<number> {
  // One passphrase for all that is signed here, each order shown by itself.
  const context: Context = { ...asked, passphrases: { ...asked.passphrases, proven: new Map() } }
  const { paths, env, args } = context
  const guarded = guardedFolders(paths.home, keyFolder(paths.home, env))
  const request = runRequest(args, env, guarded)
  const [kernel, confiner] = await Promise.all([
    connectKernel(paths),
    chosenConfiner(paths, env, request.rung),
  ])
  try {
    if (confiner.rung === 'landlock' && request.hasView && request.machine === null)
      throw usageFailure(
        'landlock, with which the program would be held, cannot make a private view of a folder',
        'use --no-view, with --writable DIR for what it may write in place',
      )
    const answered = mustNotBeHalted(kernel)
    // While the kernel answers: a start would take as much longer.
    confiner.ready?.()
    await answered
    closeAbandoned(paths.state, Date.now())
    const { token, net } = await whoseRun(context, kernel, request)
    const parent = await attachParent(paths, token)
    try {
      await endLeftOver(paths.state, parent)
      await settleAbandoned(paths, parent)
      return await body({ context, request, guarded, kernel, parent, confiner, net })
    } finally {
      parent.close()
    }
  } finally {
    kernel.close()
  }
}

/** Nothing comes up while everything is halted, so that is not waited for. */
async function mustNotBeHalted(kernel: KernelClient): Promise<void> {
  const status = await kernel.query('status')
  if (!isJsonObject(status) || status['halted'] === null) return
  throw new CommandFailure(
    exitCodes.refused,
    'everything is halted, and nothing runs until an operator resumes it',
    'custos resume',
    { code: 'halted' },
  )
}

async function whoseRun(
  context: Context,
  kernel: KernelClient,
  { agent }: RunRequest,
): Promise<{ readonly token: string; readonly net: number }> {
  const { net, workspace } = await ensureServices(context, kernel, ['net', 'workspace'])
  if (net === undefined || workspace === undefined)
    throw new CommandFailure(exitCodes.fault, 'a service that is attached is not listed')
  if (agent === null || agent === standingAgent)
    return { token: await standingAgentToken(context, kernel, { net, workspace }), net: net.driver }
  await findAgent(kernel, agent)
  return { token: namedAgentToken(context, agent), net: net.driver }
}
