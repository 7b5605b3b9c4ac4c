/**
 * The adapter's task when the driver is another domain of the home: no program is started, and nothing is reached but
 * that domain's socket for agents, with the token that is sealed in the vault for exactly these two domains.
 */
import { join } from 'node:path'
import type { DomainProgram } from '../../kernel/manifest.ts'
import { socketFolder } from '../../wire/socket-folder.ts'
import type { AdapterInstructions } from '../adapter/instructions.ts'
import { serveShare } from './serve-share.ts'
import { readShareToken } from './share-token.ts'

/** Serves the driver until it is over; resolves with why. */
export async function serveSharedDomain(
  { home, domain: to, driverSocket, secret }: AdapterInstructions,
  { domain: from }: DomainProgram,
  signal: AbortSignal,
): Promise<string> {
  const token = readShareToken(home, { from, to })
  if (!token.ok) return token.error
  const agentSocket = join(socketFolder(home, from), 'agent.sock')
  return serveShare({ driverSocket, secret, from, agentSocket, token: token.value, signal })
}
