/**
 * What a server says to somebody who does not say who they are: its challenge names the metadata and the scope
 * that a login needs. Asked for once, before a login.
 */
import type { Result } from '../../base/result.ts'
import { modernRevision } from '../../mcp/revision.ts'
import { err, ok } from '../../base/result.ts'
import { oauthFetch } from './oauth-fetch.ts'
import { wordsOf } from './oauth-refresh.ts'

/** The server's `WWW-Authenticate`; empty when it lets anybody in, or does not explain itself. */
export async function askForChallenge(server: URL): Promise<Result<string, string>> {
  const headers = {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': modernRevision,
    'mcp-method': 'tools/list',
  }
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} })
  try {
    const response = await oauthFetch(server)(server, { method: 'POST', headers, body })
    return ok(response.headers.get('www-authenticate') ?? '')
  } catch (error) {
    return err(wordsOf(error))
  }
}
