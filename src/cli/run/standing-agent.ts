/**
 * Who a run belongs to. With `--agent` it is an agent that a person made and gave what they wished. Without, it is the
 * standing agent `run`, made when it is first needed: it may ask for any host on the network and for any commit, and
 * each is decided by a person unless they have said otherwise.
 */
import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { id } from '../../base/ids.ts'
import type { OrderAction } from '../../kernel/command.ts'
import type { ArgumentTerms, Caveats } from '../../kernel/capability/terms.ts'
import { valueOf } from '../arguments.ts'
import type { Context } from '../command.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import type { AgentEntry, DriverEntry } from '../lookup.ts'

/** The name of the standing agent. */
export const standingAgent = 'run'

/** Where the token of an agent is kept when it was made by `custos run`. */
export function agentTokenFile(home: string, name: string): string {
  return join(home, 'agents', `${name}.token`)
}

/** The token of the agent that the command line names, from its file, the environment or the home. */
export function namedAgentToken({ args, env, paths }: Context, name: string): string {
  const file = valueOf(args, 'token-file')
  if (file !== null) return tokenIn(file)
  const given = env['CUSTOS_TOKEN'] ?? ''
  if (given !== '') return given
  for (const kept of [agentTokenFile(paths.state, name), join(paths.state, 'tokens', name)]) {
    if (isThere(kept)) return tokenIn(kept)
  }
  throw usageFailure(
    `the token of ${visible(name)} is needed: it says on whose behalf this runs`,
    'use --token-file FILE, or set CUSTOS_TOKEN',
  )
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true
}

function tokenIn(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (problem) {
    throw usageFailure(
      `cannot read the token: ${problem instanceof Error ? problem.message : String(problem)}`,
    )
  }
}

/** The services that the standing agent may ask. */
export interface StandingServices {
  readonly net: DriverEntry
  readonly workspace: DriverEntry
}

/** The standing agent's token. Makes it unless it is among `agents`, and grants it what it may ask for, by signed orders. */
export async function standingAgentToken(
  context: Context,
  kernel: KernelClient,
  services: StandingServices,
  agents: readonly AgentEntry[],
): Promise<string> {
  const file = agentTokenFile(context.paths.state, standingAgent)
  const known = agents.find((agent) => agent.name === standingAgent)
  if (known !== undefined) {
    if (isThere(file)) return tokenIn(file)
    throw usageFailure(
      `the agent ${standingAgent} is there, but its token is not`,
      `custos agent remove ${standingAgent}, and it is made anew; or name another with --agent`,
    )
  }
  mkdirSync(join(context.paths.state, 'agents'), { recursive: true, mode: 0o700 })
  // Once in the life of a home, so nobody else has to load it.
  const { addAgent } = await import('../command/agent.ts')
  const { signEach } = await import('../signing.ts')
  const { made, token } = await addAgent(context, kernel, standingAgent, file)
  const process = numberOf(made, 'process')
  const holder = id<never>(process)
  const orders = [
    {
      object: id<never>(services.net.driver),
      caveats: askForAnyHost,
      remark: 'any public host, asked each time',
    },
    {
      object: id<never>(services.workspace.driver),
      caveats: askForAnyCommit,
      remark: 'commits, asked each time',
    },
  ].map(({ object, caveats, remark }) => ({
    action: { do: 'capability.grant', holder, object, caveats } satisfies OrderAction,
    remarks: [`(process ${process} is agent ${standingAgent}: ${remark})`],
  }))
  await signEach(context, kernel, orders, () => {})
  return token
}

const any = { constraint: { any: true } } as const

function anyOf(...names: readonly string[]): ArgumentTerms {
  return { arguments: Object.fromEntries(names.map((name) => [name, any])) }
}

/** Any host, but none at an address that is not public: for that, the argument `address` would have to be named. */
export const askForAnyHost: Caveats = {
  selectors: ['http/request', 'net/connect'],
  where: {
    'http/request': anyOf('scheme', 'host', 'port', 'method', 'path', 'bodyBytes', 'bodySha256'),
    'net/connect': anyOf('host', 'port'),
  },
  ask: true,
}

/** Any commit of a run's changes, exactly as it is shown. */
export const askForAnyCommit: Caveats = {
  selectors: ['changes/commit'],
  where: { 'changes/commit': anyOf('run', 'folder', 'digest', 'entries', 'flagged', 'parts') },
  ask: true,
}
