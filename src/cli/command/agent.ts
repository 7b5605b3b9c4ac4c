/**
 * `custos agent add|list|remove`: named identities. The token attaches a program to an agent; it is shown
 * once, only its digest is signed and recorded, and it carries no authority.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, openSync, writeSync } from 'node:fs'
import { toBase64url } from '../../base/base64url.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { AgentId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { valueOf } from '../arguments.ts'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import type { Command } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import { numberOf } from '../kernel-client.ts'
import { findAgent, listAgents } from '../lookup.ts'
import { table } from '../output.ts'
import { signAndSend } from '../signing.ts'
import { withKernel } from './with-kernel.ts'

/** A fresh 256-bit attachment token. */
export function newToken(): string {
  return `custos_${toBase64url(randomBytes(32))}`
}

/** Adds an agent. */
export const agentAddCommand: Command = {
  name: 'agent add',
  synopsis: 'NAME [--token-file FILE]',
  summary: 'add an agent and show its token once (signed)',
  details: ['The new agent holds nothing: grant it capabilities with custos grant.'],
  flags: [
    { name: 'token-file', value: 'FILE', about: 'write the token to a new private file instead' },
    ...signingFlags,
  ],
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const name = context.args.positionals[0] ?? ''
      if (!isName(name))
        throw usageFailure(`"${visible(name)}" cannot be a name`, 'use lower case, digits, ".", "_" and "-"')
      const file = valueOf(context.args, 'token-file')
      const descriptor = file === null ? null : openNew(file)
      const token = newToken()
      const action = { do: 'agent.add', name, tokenDigest: sha256Hex(token) } as const
      const made = await signAndSend(context, kernel, action)
      if (descriptor !== null) {
        writeSync(descriptor, `${token}\n`)
        closeSync(descriptor)
      }
      const shown = file === null ? { token } : { tokenFile: file }
      context.out.result({ ...made, name, ...shown }, [
        `Agent ${name} is agent ${numberOf(made, 'agent')}, process ${numberOf(made, 'process')}, recorded in #${numberOf(made, 'seq')}.`,
        file === null ? `Its token, shown this once: ${token}` : `Its token is in ${visible(file)}`,
      ])
    }),
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
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const agents = await listAgents(kernel)
      const rows = agents.map(({ agent, process, name, entry }) => [
        visible(name),
        String(agent),
        String(process),
        entry['killed'] === true ? 'killed' : 'alive',
        `${numberOf(entry, 'connections')} connected`,
        `${numberOf(entry, 'capabilities')} capabilities`,
      ])
      context.out.result(
        agents.map(({ entry }) => entry),
        rows.length === 0
          ? ['There are no agents yet: custos agent add NAME']
          : table([['NAME', 'AGENT', 'PROCESS', 'STATE', '', ''], ...rows]),
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
