/**
 * Ready configuration for people to paste: per client the file, our entry over standard input and output, and
 * our entry over HTTP.
 */
import { homedir } from 'node:os'
import type { JsonObject } from '../../base/json.ts'
import { visible } from '../escape.ts'
import type { ClientConfig, Connection, Surroundings } from './client-config.ts'

/** The name under which we stand in a client's list. */
export const ownName = 'custos'

/** Configuration of one client. */
export interface ClientSnippet {
  readonly client: string
  readonly title: string
  /** The user's file first, then those of a project. */
  readonly files: readonly string[]
  readonly stdio: { readonly entry: JsonObject; readonly text: string }
  /** Null when the client's file takes programs only, or the gateway's address is not known. */
  readonly http: { readonly entry: JsonObject; readonly text: string } | null
}

/** The surroundings of this process. */
export function surroundingsOf(env: NodeJS.ProcessEnv): Surroundings {
  return { platform: process.platform, home: homedir(), env, cwd: process.cwd() }
}

/** What to paste for `client`. */
export function snippetOf(
  client: ClientConfig,
  connection: Connection,
  surroundings: Surroundings,
): ClientSnippet {
  const { format, listPath } = client
  const stdio = client.stdioEntry(connection, listPath)
  const http = connection.http === null ? null : client.httpEntry(connection.http)
  return {
    client: client.id,
    title: client.title,
    files: client.files(surroundings).map(({ path }) => path),
    stdio: { entry: stdio, text: format.snippet(listPath, ownName, stdio) },
    http:
      http === null
        ? null
        : { entry: http.entry, text: format.snippet(listPath, ownName, http.entry, http.beside) },
  }
}

/** The snippet as lines that are safe to print. */
export function showSnippet({ title, files, stdio, http }: ClientSnippet): readonly string[] {
  const indented = (text: string): readonly string[] =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => `    ${visible(line)}`)
  return [
    `${title}, in ${files.map(visible).join(' or ')}`,
    ...indented(stdio.text),
    ...(http === null ? [] : ['  or over HTTP', ...indented(http.text)]),
  ]
}
