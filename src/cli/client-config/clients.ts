/** The clients whose configuration we know, in the order in which they are shown. */
import { basename } from 'node:path'
import { usageFailure } from '../exit.ts'
import { nearest } from '../suggest.ts'
import { visible } from '../escape.ts'
import { claudeCode } from './claude-code.ts'
import { claudeDesktop } from './claude-desktop.ts'
import type { ClientConfig } from './client-config.ts'
import { codex } from './codex.ts'
import { cursor } from './cursor.ts'
import { gemini } from './gemini.ts'
import { opencode } from './opencode.ts'
import { vscode } from './vscode.ts'

/** All of them. */
export const clientConfigs: readonly ClientConfig[] = [
  claudeCode,
  claudeDesktop,
  codex,
  gemini,
  opencode,
  cursor,
  vscode,
]

/** Their words, for help texts. */
export const clientIds: string = clientConfigs.map(({ id }) => id).join(', ')

/** The client that `word` names, or null. */
export function clientNamed(word: string): ClientConfig | null {
  return clientConfigs.find(({ id }) => id === word) ?? null
}

/** The client that `word` names; a CommandFailure when there is none. */
export function clientOf(word: string): ClientConfig {
  const client = clientNamed(word)
  if (client !== null) return client
  const guess = nearest(
    word,
    clientConfigs.map(({ id }) => id),
  )
  throw usageFailure(
    `"${visible(word)}" is no client that is known here`,
    guess === null ? `there are: ${clientIds}` : `did you mean ${guess}?`,
  )
}

/** File names that only one client uses. */
const byName: { readonly [name: string]: ClientConfig } = {
  '.claude.json': claudeCode,
  '.mcp.json': claudeCode,
  'claude_desktop_config.json': claudeDesktop,
  'config.toml': codex,
  'settings.json': gemini,
  'opencode.json': opencode,
  'opencode.jsonc': opencode,
}

/** The client that a file by this path belongs to, from its name, its folder and then its content. */
export function clientOfFile(path: string, text: string): ClientConfig | null {
  const name = basename(path)
  const known = Object.hasOwn(byName, name) ? byName[name] : undefined
  if (known !== undefined) return known
  if (/[\\/]\.cursor[\\/]/.test(path)) return cursor
  if (/[\\/]\.vscode[\\/]/.test(path)) return vscode
  if (name.endsWith('.toml')) return codex
  // A client whose strict reader refuses the file may still be followed by one that allows comments.
  return (
    [claudeCode, cursor, vscode, opencode].find((client) => {
      const document = client.format.read(text)
      return document.ok && Object.hasOwn(document.value, client.listPath[0] ?? '')
    }) ?? null
  )
}
