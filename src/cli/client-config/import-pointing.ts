/**
 * The second half of an import: the client is pointed here. Either its file is changed, or the change is shown
 * for a person to make. The agent's token goes to a file of its own, never into the client's: such files are
 * copied and shared.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { JsonObject } from '../../base/json.ts'
import { isName } from '../../kernel/sovereign/parse-order.ts'
import { valueOf } from '../arguments.ts'
import type { Context } from '../command.ts'
import { addAgent } from '../command/agent.ts'
import { tokenPath } from '../driver-server.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listAgents } from '../lookup.ts'
import type { Connection } from './client-config.ts'
import { ownName } from './client-snippet.ts'
import type { TokenSource } from './connection.ts'
import { connectionOf, tokenPlaceholder } from './connection.ts'
import { applyChange, changedText } from './import-change.ts'
import type { ImportedFile } from './import-drivers.ts'
import { names } from './import-rendering.ts'

/** Fails while nothing has happened yet, if the agent could not be used or made in the end. */
export async function checkAgent(context: Context, kernel: KernelClient): Promise<void> {
  const { args } = context
  const name = valueOf(args, 'agent')
  if (name === null) return
  if (!isName(name))
    throw usageFailure(`"${visible(name)}" cannot be a name`, 'use lower case, digits, ".", "_" and "-"')
  const named = valueOf(args, 'token-file')
  if (await isAgent(kernel, name)) sourceOf(context, name)
  else if (named !== null && existsSync(named))
    throw usageFailure(`${named} exists already`, 'a new agent needs a new file for its token')
}

/** How the client will reach the agent; null when no agent is named. Adds the agent when it is new. */
export async function connectionFor(context: Context, kernel: KernelClient): Promise<Connection | null> {
  const name = valueOf(context.args, 'agent')
  if (name === null) return null
  if (!(await isAgent(kernel, name))) {
    const named = valueOf(context.args, 'token-file')
    // A file in the home is of an agent of that name that is gone.
    if (named === null) rmSync(ownTokenFile(context, name), { force: true })
    await addAgent(context, kernel, name, named ?? ownTokenFile(context, name))
  }
  return connectionOf(name, sourceOf(context, name), context.paths)
}

async function isAgent(kernel: KernelClient, name: string): Promise<boolean> {
  return (await listAgents(kernel)).some((agent) => agent.name === name)
}

/** Where the token of an agent goes that was added by an import. */
function ownTokenFile({ paths }: Context, name: string): string {
  const folder = join(paths.state, 'tokens')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return join(folder, name)
}

function sourceOf(context: Context, name: string): TokenSource {
  const named = valueOf(context.args, 'token-file')
  const own = ownTokenFile(context, name)
  if (named !== null || existsSync(own)) return { tokenFile: tokenPath(named ?? own) }
  if (!context.args.switches.has('apply')) return null
  throw usageFailure(
    'the agent exists, and its token is kept nowhere',
    'name the file that holds it: --token-file FILE',
  )
}

/** Changes the client's file, or says which change points it here. */
export function pointHere(
  { paths }: Context,
  { planned, record, moved }: ImportedFile,
  connection: Connection,
  agent: string,
  isApplied: boolean,
): readonly string[] {
  if (moved.length === 0) return []
  const { file } = planned
  const entryFor = (path: readonly string[]): JsonObject => file.client.stdioEntry(connection, path)
  if (!isApplied) {
    const path = moved[0]?.list.path ?? file.client.listPath
    return [
      `To point ${file.client.title} here, replace ${names(moved)} in ${visible(file.file.path)} by:`,
      ...file.client.format
        .snippet([], ownName, entryFor(path))
        .trimEnd()
        .split('\n')
        .map((line) => `  ${visible(line)}`),
      ...(connection.stdio.env['CUSTOS_TOKEN'] === tokenPlaceholder
        ? [`with the token of ${agent} in the place of ${tokenPlaceholder}`]
        : []),
    ]
  }
  const changed = changedText(file, moved, agent, entryFor)
  if (!changed.ok)
    throw usageFailure(
      `${file.file.path}: ${changed.error}`,
      'the file was not changed; the drivers were added',
    )
  const { change } = applyChange(paths.home, record, file, changed.value)
  return [
    `${visible(file.file.path)} leads here now; the original is ${visible(change?.backup ?? '')}.`,
    `  custos export ${visible(file.file.path)} takes it back.`,
    ...(file.file.scope === 'project'
      ? ['  It names paths of this machine: do not share it like this.']
      : []),
  ]
}
