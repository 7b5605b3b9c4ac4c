/**
 * Placeholders in configuration, such as `${HOME}` or `{env:HOME}`. The client fills them in when it starts a
 * server; what an operator signs has to be plain, so they are filled in once, from the environment of whoever
 * imports. One that cannot be filled in is reported, never guessed.
 */
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'

/** Whose spelling. `none` is for clients that know none, `marked` for those that name variables in members. */
export type PlaceholderStyle = 'none' | 'marked' | 'claude' | 'shell' | 'editor' | 'opencode'

/** A character that no file holds by accident. */
const mark = '\u{F8FF}'

/** A placeholder in the style `marked`: the value of a variable that a member of the entry names. */
export function markedVariable(name: string): string {
  return `${mark}{${name}}`
}

/** What placeholders may refer to. */
export interface PlaceholderSource {
  readonly env: NodeJS.ProcessEnv
  readonly home: string
  /** The project's folder, or null in a file that belongs to no project. */
  readonly project: string | null
}

/** A text without placeholders. */
export interface FilledText {
  readonly text: string
  /** Variables whose values are in it now. */
  readonly variables: readonly string[]
}

const patterns: { readonly [S in PlaceholderStyle]: RegExp | null } = {
  none: null,
  marked: new RegExp(`${mark}\\{([^}]*)\\}`, 'g'),
  claude: /\$\{([^}]*)\}/g,
  shell: /\$(?:\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*))/g,
  editor: /\$\{([^}]*)\}/g,
  opencode: /\{((?:env|file):[^}]*)\}/g,
}

/** Fills in `text`, or says in a sentence what cannot be filled in. */
export function fillIn(
  style: PlaceholderStyle,
  text: string,
  source: PlaceholderSource,
): Result<FilledText, string> {
  const pattern = patterns[style]
  if (pattern === null) return ok({ text, variables: [] })
  const variables: string[] = []
  let missing: string | null = null
  const filled = text.replace(pattern, (whole, first?: string, second?: string) => {
    const meant = meaningOf(style, first ?? second ?? '')
    const value = meant === null ? undefined : valueOf(meant, source)
    if (value === undefined) missing ??= `${whole.replace(mark, '$')} cannot be filled in here`
    if (meant?.variable !== undefined) variables.push(meant.variable)
    return value ?? ''
  })
  return missing === null ? ok({ text: filled, variables }) : err(missing)
}

interface Meaning {
  /** A variable of the environment. */
  readonly variable?: string
  readonly fallback?: string
  readonly place?: 'home' | 'project' | 'separator'
}

function meaningOf(style: PlaceholderStyle, inner: string): Meaning | null {
  if (style === 'editor') return editorMeaning(inner)
  if (style === 'opencode') return inner.startsWith('env:') ? variable(inner.slice(4)) : null
  const [, name = '', fallback] = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s.exec(inner) ?? []
  const meant = variable(name)
  return meant === null || fallback === undefined ? meant : { ...meant, fallback }
}

function editorMeaning(inner: string): Meaning | null {
  if (inner.startsWith('env:')) return variable(inner.slice(4))
  if (inner === 'userHome') return { place: 'home' }
  if (inner === 'workspaceFolder') return { place: 'project' }
  return inner === 'pathSeparator' || inner === '/' ? { place: 'separator' } : null
}

function variable(name: string): Meaning | null {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? { variable: name } : null
}

function valueOf(meant: Meaning, { env, home, project }: PlaceholderSource): string | undefined {
  if (meant.variable !== undefined) {
    const value = env[meant.variable]
    return value === undefined || (value === '' && meant.fallback !== undefined) ? meant.fallback : value
  }
  if (meant.place === 'home') return home
  return meant.place === 'project' ? (project ?? undefined) : '/'
}
