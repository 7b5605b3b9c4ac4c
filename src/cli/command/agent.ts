/**
 * `custos agent add|list|remove`: named identities. The token attaches a program to an agent; it is shown
 * once, only its digest is signed and recorded, and it carries no authority.
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { sha256Hex } from '../../base/hash.ts'
import type { AgentId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { valueOf } from '../arguments.ts'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import { newToken } from '../agent-token.ts'
import type { ClientConfig } from '../client-config/client-config.ts'
import type { ClientSnippet } from '../client-config/client-snippet.ts'
import { showSnippet, snippetOf, surroundingsOf } from '../client-config/client-snippet.ts'
import { clientConfigs, clientIds, clientOf } from '../client-config/clients.ts'
import type { TokenSource } from '../client-config/connection.ts'
import { connectionOf } from '../client-config/connection.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { adviceIn } from '../domain-advice.ts'
import { tokenPath } from '../driver-server.ts'
import { visible } from '../escape.ts'
import { mayStand, usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import { findAgent, listAgents } from '../lookup.ts'
import { table } from '../output.ts'
import { signAndSend } from '../signing.ts'
import { subjectNumbered } from '../subjects.ts'
import { observingProcesses } from '../suggestion/observing.ts'
import { withKernel } from './with-kernel.ts'

/** An agent that was added. */
export interface AddedAgent {
  /** The kernel's answer: `agent`, `process`, `seq`. */
  readonly made: JsonObject
  readonly token: string
}

/**
 * Adds an agent under a fresh token. With a file the token is written there: a new private file, made before
 * anything is signed, so that a token is never lost, and removed again when the order is refused.
 */
export async function addAgent(
  context: Context,
  kernel: KernelClient,
  name: string,
  tokenFile: string | null,
  subject: number | null = null,
): Promise<AddedAgent> {
  if (!isName(name))
    throw usageFailure(`"${visible(name)}" cannot be a name`, 'use lower case, digits, ".", "_" and "-"')
  const descriptor = tokenFile === null ? null : openNew(tokenFile)
  const token = newToken()
  try {
    if (descriptor !== null) writeSync(descriptor, `${token}\n`)
    const about = subject === null ? {} : { subject }
    const action = { do: 'agent.add', name, tokenDigest: sha256Hex(token), ...about } as const
    return { made: await signAndSend(context, kernel, action), token }
  } catch (problem) {
    if (tokenFile !== null && !mayStand(problem)) rmSync(tokenFile, { force: true })
    throw problem
  } finally {
    if (descriptor !== null) closeSync(descriptor)
  }
}

/** Adds an agent. */
export const agentAddCommand: Command = {
  name: 'agent add',
  synopsis: 'NAME [--token-file FILE] [--client CLIENT] [--subject NAME]',
  summary: 'add an agent, show its token once and how clients use it (signed)',
  details: [
    'The new agent holds nothing: grant it capabilities with custos grant. What to put into the configuration',
    `of a client is printed for each of them, or for one: ${clientIds}.`,
  ],
  flags: [
    { name: 'token-file', value: 'FILE', about: 'write the token to a new private file instead' },
    { name: 'client', value: 'CLIENT', about: 'show the configuration of this client only' },
    { name: 'subject', value: 'NAME', about: 'whom its payloads are about (default: the agent itself)' },
    ...signingFlags,
  ],
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const clients = chosenClients(context)
      const name = context.args.positionals[0] ?? ''
      const file = valueOf(context.args, 'token-file')
      const about = valueOf(context.args, 'subject')
      const subject = about === null ? null : await subjectNumbered(kernel, about)
      const { made, token } = await addAgent(context, kernel, name, file, subject)
      const shown = file === null ? { token } : { tokenFile: file }
      const snippets = snippetsFor(context, clients, name, shown)
      context.out.result({ ...made, name, ...shown, configuration: snippets }, [
        `Agent ${name} is agent ${numberOf(made, 'agent')}, process ${numberOf(made, 'process')}, recorded in #${numberOf(made, 'seq')}.`,
        file === null ? `Its token, shown this once: ${token}` : `Its token is in ${visible(file)}`,
        ...showSnippets(snippets, file !== null),
      ])
    }),
}

/** Shows again what `agent add` showed, as long as somebody still has the token. */
export const agentConfigCommand: Command = {
  name: 'agent config',
  synopsis: 'NAME --token-file FILE [--client CLIENT]',
  summary: 'show how clients use an agent whose token is in a file',
  details: [
    'Only the digest of a token is kept, so it cannot be shown again: the file has to be the one that',
    'custos agent add --token-file wrote, or one that you made of the token it printed.',
  ],
  flags: [
    { name: 'token-file', value: 'FILE', about: 'where the token is' },
    { name: 'client', value: 'CLIENT', about: 'show the configuration of this client only' },
  ],
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const clients = chosenClients(context)
      const { name } = await findAgent(kernel, context.args.positionals[0] ?? '')
      const tokenFile = valueOf(context.args, 'token-file')
      if (tokenFile === null)
        throw usageFailure(
          'the token of an agent is kept nowhere, only its digest',
          'name the file that holds it: --token-file FILE',
        )
      const snippets = snippetsFor(context, clients, name, { tokenFile: tokenPath(tokenFile) })
      context.out.result({ name, configuration: snippets }, showSnippets(snippets, true))
    }),
}

function chosenClients({ args }: Context): readonly ClientConfig[] {
  const word = valueOf(args, 'client')
  return word === null ? clientConfigs : [clientOf(word)]
}

function snippetsFor(
  { paths, env }: Context,
  clients: readonly ClientConfig[],
  agent: string,
  source: TokenSource,
): readonly ClientSnippet[] {
  const connection = connectionOf(agent, source, paths)
  return clients.map((client) => snippetOf(client, connection, surroundingsOf(env)))
}

function showSnippets(snippets: readonly ClientSnippet[], inFile: boolean): readonly string[] {
  const refers = inFile && snippets.some(({ http }) => http !== null)
  return [
    '',
    'To connect a client, put one of these into its configuration:',
    ...snippets.flatMap((snippet) => ['', ...showSnippet(snippet)]),
    ...(snippets.every(({ http }) => http === null)
      ? ['', 'The gateway does not serve, so nothing is shown for HTTP.']
      : []),
    ...(refers ? ['', 'Over HTTP the client needs the token in its environment, as CUSTOS_TOKEN.'] : []),
  ]
}

function openNew(file: string): number {
  try {
    return openSync(file, 'wx', 0o600)
  } catch (problem) {
    throw usageFailure(
      `cannot make the token file: ${problem instanceof Error ? problem.message : String(problem)}`,
    )
  }
}

/** Lists agents. */
export const agentListCommand: Command = {
  name: 'agent list',
  synopsis: '',
  summary: 'list agents',
  details: [],
  flags: [],
  asOf: true,
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const agents = await listAgents(kernel)
      const observing = await observingProcesses(kernel)
      const rows = agents.map(({ agent, process, name, entry }) => [
        visible(name),
        String(agent),
        String(process),
        entry['killed'] === true ? 'killed' : 'alive',
        `${numberOf(entry, 'connections')} connected`,
        `${numberOf(entry, 'capabilities')} capabilities`,
        observing.has(process) ? 'observes' : '',
      ])
      context.out.result(
        agents.map(({ entry, process }) => ({ ...entry, observes: observing.has(process) })),
        rows.length === 0
          ? [adviceIn(context.paths.domainName, 'There are no agents yet: custos agent add NAME')]
          : table([['NAME', 'AGENT', 'PROCESS', 'STATE', '', '', ''], ...rows]),
      )
    }),
}

/** Removes an agent. */
export const agentRemoveCommand: Command = {
  name: 'agent remove',
  synopsis: 'NAME',
  summary: 'remove an agent for good: its process, its token and all it held (signed)',
  details: [],
  flags: signingFlags,
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const agent = await findAgent(kernel, context.args.positionals[0] ?? '')
      const action = { do: 'agent.remove', agent: id<AgentId>(agent.agent) } as const
      const made = await signAndSend(context, kernel, action, [
        `(agent ${agent.agent} is ${visible(agent.name)})`,
      ])
      context.out.result(made, [
        `Agent ${visible(agent.name)} is gone, recorded in #${numberOf(made, 'seq')}.`,
      ])
    }),
}
