/**
 * What the contents of a few well-known files say, compared with what they said before: scripts that a package
 * manager runs, servers that a lock file fetches from, programs that Git is told to run. A file that cannot be
 * read as what it claims to be is pointed out as such.
 */
import { parseForeignJson } from '../../../base/foreign-json.ts'
import { nameOf } from '../change.ts'
import type { Flag } from '../change.ts'

/** A file's text before and after; null when there is none, or it is not text. */
export interface Texts {
  readonly before: string | null
  readonly after: string | null
}

/** Scripts that run without anybody asking for them by name. */
const automatic =
  /^(?:pre|post)?(?:install|prepare|publish|pack|version|uninstall|restart)$|^(?:prepublishOnly|dependencies)$/
const lockFiles = new Set([
  'package-lock.json',
  '.package-lock.json',
  'npm-shrinkwrap.json',
  'yarn.lock',
  'pnpm-lock.yaml',
  'bun.lock',
  'deno.lock',
  'cargo.lock',
  'poetry.lock',
  'uv.lock',
  'pdm.lock',
  'pipfile.lock',
  'gemfile.lock',
  'composer.lock',
  'go.sum',
  'flake.lock',
])
const shownNames = 8

/** True when the contents at `path` are worth reading. */
export function hasTellingContents(path: string): boolean {
  const name = nameOf(path).toLowerCase()
  return name === 'package.json' || lockFiles.has(name) || isGitConfiguration(path)
}

/** What to look at because of what it says. */
export function contentFlags(path: string, texts: Texts): readonly Flag[] {
  const name = nameOf(path).toLowerCase()
  if (name === 'package.json') return scriptFlags(path, texts)
  if (lockFiles.has(name)) return sourceFlags(texts)
  return isGitConfiguration(path) ? gitFlags(texts) : []
}

function scriptFlags(path: string, { before, after }: Texts): readonly Flag[] {
  const isInstalled = /(?:^|\/)node_modules\//.test(path)
  const was = scriptsOf(before)
  const is = scriptsOf(after)
  if (is === null) return [{ kind: 'package-scripts', detail: 'it cannot be read as JSON' }]
  const names = [...new Set([...is.keys(), ...(was?.keys() ?? [])])]
  const changed = names.filter((name) => is.get(name) !== was?.get(name))
  // What an installed package would run by itself matters; what its authors use to build it does not.
  const telling = isInstalled ? changed.filter((name) => automatic.test(name)) : changed
  return telling.length === 0 ? [] : [{ kind: 'package-scripts', detail: listed(telling) }]
}

function scriptsOf(text: string | null): ReadonlyMap<string, string> | null {
  if (text === null) return null
  try {
    const { scripts } = parseForeignJson(text) as { readonly scripts?: unknown }
    if (typeof scripts !== 'object' || scripts === null) return new Map()
    return new Map(Object.entries(scripts).map(([name, script]) => [name, String(script)]))
  } catch {
    return null
  }
}

function sourceFlags({ before, after }: Texts): readonly Flag[] {
  if (after === null) return [{ kind: 'new-source', detail: 'it cannot be read' }]
  const known = hostsIn(before ?? '')
  const fresh = [...hostsIn(after)].filter((host) => !known.has(host))
  return fresh.length === 0 ? [] : [{ kind: 'new-source', detail: `fetches from ${listed(fresh)}` }]
}

const address = /(?:https?|git|ssh|git\+\w+|git\+https?):\/\/(?:[^/\s"'@]*@)?(?<host>[^/\s"':?#]+)/gi

function hostsIn(text: string): Set<string> {
  const hosts = new Set<string>()
  for (const match of text.matchAll(address)) hosts.add((match.groups?.['host'] ?? '').toLowerCase())
  return hosts
}

function isGitConfiguration(path: string): boolean {
  return /(?:^|\/)(?:config|config\.worktree|\.gitconfig|\.gitmodules)$/i.test(path)
}

/** Settings whose value Git runs, follows or takes hooks from. */
const obeyed =
  /^\s*(?:hookspath|fsmonitor|sshcommand|gitproxy|editor|pager|askpass|helper|textconv|command|driver|clean|smudge|process|program|update|path|insteadof|pushinsteadof|worktree|templatedir|attributesfile)\s*=/gim

function gitFlags({ before, after }: Texts): readonly Flag[] {
  const settings = new Set(linesThatAreObeyed(before ?? ''))
  const fresh = linesThatAreObeyed(after ?? '').filter((line) => !settings.has(line))
  return fresh.length === 0 ? [] : [{ kind: 'git-configuration', detail: `sets ${listed(fresh)}` }]
}

function linesThatAreObeyed(text: string): readonly string[] {
  return text
    .split('\n')
    .filter((line) => line.search(obeyed) === 0)
    .map((line) => line.trim())
}

function listed(names: readonly string[]): string {
  const rest = names.length - shownNames
  const shown = names.slice(0, shownNames).map((name) => name.slice(0, 120))
  return rest > 0 ? `${shown.join(', ')} and ${rest} more` : shown.join(', ')
}
