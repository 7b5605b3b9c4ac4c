/**
 * What is found out and decided before a run is made: which boundary, whose run, and the services that it needs. All
 * that a person has to sign is asked for here or right after, before the program has their terminal.
 */
import type { Json } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Confiner } from '../../sandbox/boundary.ts'
import { chosenConfiner } from '../chosen-confiner.ts'
import type { Context } from '../command.ts'
import type { HomePaths } from '../home.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { connectKernel } from '../kernel-client.ts'
import { keyFolder } from '../key-place.ts'
import type { AgentEntry, DriverEntry } from '../lookup.ts'
import { findAgent, listAgents, listDrivers } from '../lookup.ts'
import type { ParentLink } from './parent-link.ts'
import { attachParent } from './parent-link.ts'
import { closeAbandoned, endLeftOver, isAbandoned } from './run-end.ts'
import type { Guarded, RunRequest } from './run-request.ts'
import { guardedFolders, runRequest } from './run-request.ts'
import { ensureServices } from './service-drivers.ts'
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
  const [kernel, confiner] = await Promise.all([connectKernel(paths), readyConfiner(context, request)])
  try {
    if (confiner.rung === 'landlock' && request.hasView && request.machine === null)
      throw usageFailure(
        'landlock, with which the program would be held, cannot make a private view of a folder',
        'use --no-view, with --writable DIR for what it may write in place',
      )
    const { token, net } = await whoseRun(context, kernel, request, await standing(kernel))
    const parent = await attachParent(paths, token)
    try {
      await tidyUp(paths, parent)
      return await body({ context, request, guarded, kernel, parent, confiner, net })
    } finally {
      parent.close()
    }
  } finally {
    kernel.close()
  }
}

/** What will hold the program, while it finds out what it would else find out at the start. */
async function readyConfiner({ paths, env }: Context, { rung }: RunRequest): Promise<Confiner> {
  const confiner = await chosenConfiner(paths, env, rung)
  confiner.ready?.()
  return confiner
}

/** Who and what is there. */
interface Standing {
  readonly agents: readonly AgentEntry[]
  readonly drivers: readonly DriverEntry[]
}

/** Asked all at once; fails when everything is halted. */
async function standing(kernel: KernelClient): Promise<Standing> {
  const [status, agents, drivers] = await Promise.all([
    kernel.query('status'),
    listAgents(kernel),
    listDrivers(kernel),
  ])
  mustNotBeHalted(status)
  return { agents, drivers }
}

/** Ends and puts right what earlier runs of the same agent left. */
async function tidyUp(paths: HomePaths, parent: ParentLink): Promise<void> {
  const records = closeAbandoned(paths.state, Date.now())
  await endLeftOver(paths.state, parent, records)
  if (!records.some(isAbandoned)) return
  // Much is behind it, and it is rare.
  const { settleAbandoned } = await import('./settle-abandoned.ts')
  await settleAbandoned(paths, parent)
}

/** Nothing comes up while everything is halted, so that is not waited for. */
function mustNotBeHalted(status: Json): void {
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
  { agents, drivers }: Standing,
): Promise<{ readonly token: string; readonly net: number }> {
  const { net, workspace } = await ensureServices(context, kernel, ['net', 'workspace'], drivers)
  if (net === undefined || workspace === undefined)
    throw new CommandFailure(exitCodes.fault, 'a service that is attached is not listed')
  if (agent === null || agent === standingAgent)
    return { token: await standingAgentToken(context, kernel, { net, workspace }, agents), net: net.driver }
  await findAgent(kernel, agent)
  return { token: namedAgentToken(context, agent), net: net.driver }
}
