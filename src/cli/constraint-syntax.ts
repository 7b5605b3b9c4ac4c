/**
 * The text form of argument constraints, as `custos grant --where` takes them and as every screen shows
 * them: `path within /data`, `head? range 1..100`, `mode in ["a","b"]`. A `?` after the name makes the
 * argument optional; `tools/NAME: ` in front applies the line to that selector alone. Parsing and
 * rendering live side by side so that what is shown can be typed.
 */
import type { Json } from '../base/json.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { isCanonicalPath } from '../kernel/capability/path.ts'
import type { ArgumentTerm, Constraint } from '../kernel/capability/terms.ts'

/** One `--where`: an argument of one selector, or of all selectors of the grant when `selector` is null. */
export interface WhereLine {
  readonly selector: string | null
  readonly argument: string
  readonly term: ArgumentTerm
}

const usage =
  'write NAME[?] any | = VALUE | in [VALUES] | range MIN..MAX | prefix TEXT | glob PATTERN | within PATH | every …'

/** Parses one `--where`. The error says what was not understood. */
export function parseWhere(text: string): Result<WhereLine, string> {
  const match = /^(?:([A-Za-z0-9_.\-/]+):\s+)?([^\s?:=]{1,128})(\?)?\s+(.+)$/s.exec(text.trim())
  if (match?.[2] === undefined || match[4] === undefined) {
    return err(`--where '${text}' is not a constraint; ${usage}`)
  }
  const constraint = parseConstraint(match[4], 0)
  if (!constraint.ok) return err(`--where '${text}': ${constraint.error}`)
  const term: ArgumentTerm =
    match[3] === undefined
      ? { constraint: constraint.value }
      : { constraint: constraint.value, optional: true }
  return ok({ selector: match[1] === undefined ? null : selectorName(match[1]), argument: match[2], term })
}

/** A bare tool name means `tools/NAME`. */
export function selectorName(text: string): string {
  return text.includes('/') ? text : `tools/${text}`
}

function parseConstraint(text: string, depth: number): Result<Constraint, string> {
  if (depth > 4) return err('`every` is nested too deeply')
  const [word, rest] = splitWord(text.trim())
  switch (word) {
    case 'any':
      return rest === '' ? ok({ any: true }) : err('`any` takes nothing after it')
    case '=':
    case 'eq':
      return rest === '' ? err(`\`${word}\` needs a value`) : ok({ eq: valueFrom(rest) })
    case 'in':
      return parseSet(rest)
    case 'range':
      return parseRange(rest)
    case 'prefix':
      return rest === '' ? err('`prefix` needs a text') : ok({ prefix: textFrom(rest) })
    case 'glob':
      return rest === '' ? err('`glob` needs a pattern') : ok({ glob: textFrom(rest) })
    case 'within':
      return parseWithin(textFrom(rest))
    case 'every': {
      const inner = parseConstraint(rest, depth + 1)
      return inner.ok ? ok({ every: inner.value }) : inner
    }
    default:
      return err(`"${word}" is not a constraint; ${usage}`)
  }
}

function splitWord(text: string): readonly [string, string] {
  if (text.startsWith('=')) return ['=', text.slice(1).trim()]
  const space = text.search(/\s/)
  return space < 0 ? [text, ''] : [text.slice(0, space), text.slice(space).trim()]
}

function parseSet(text: string): Result<Constraint, string> {
  const value = parseStrictJson(new TextEncoder().encode(text))
  if (!value.ok || !Array.isArray(value.value) || value.value.length === 0) {
    return err('`in` needs a JSON array of allowed values, for example in ["a","b"]')
  }
  return ok({ in: value.value })
}

function parseRange(text: string): Result<Constraint, string> {
  const match = /^(-?\d+(?:\.\d+)?)?\.\.(-?\d+(?:\.\d+)?)?$/.exec(text)
  if (match === null || (match[1] === undefined && match[2] === undefined)) {
    return err('`range` needs MIN..MAX, MIN.. or ..MAX')
  }
  const min = match[1] === undefined ? {} : { min: Number(match[1]) }
  const max = match[2] === undefined ? {} : { max: Number(match[2]) }
  if (match[1] !== undefined && match[2] !== undefined && Number(match[1]) > Number(match[2])) {
    return err(`no number lies in ${text}`)
  }
  return ok({ range: { ...min, ...max } })
}

function parseWithin(path: string): Result<Constraint, string> {
  if (!path.startsWith('/')) return err('`within` needs an absolute path')
  if (!isCanonicalPath(path))
    return err(`"${path}" is not canonical: no trailing slash, "//", ".", "..", "~" or "%"`)
  return ok({ within: path })
}

/** A value as JSON when it is JSON, and as the bare text otherwise. */
function valueFrom(text: string): Json {
  const parsed = parseStrictJson(new TextEncoder().encode(text))
  return parsed.ok ? parsed.value : text
}

/** A text: a JSON string when it is one, and as typed otherwise. */
function textFrom(text: string): string {
  const value = text.startsWith('"') ? valueFrom(text) : text
  return typeof value === 'string' ? value : text
}

/** The text form of a constraint; `parseWhere` reads it back. The caller escapes it for the terminal. */
export function showConstraint(constraint: Constraint): string {
  if ('any' in constraint) return 'any'
  if ('eq' in constraint) return `= ${JSON.stringify(constraint.eq)}`
  if ('in' in constraint) return `in ${JSON.stringify(constraint.in)}`
  if ('range' in constraint) return `range ${constraint.range.min ?? ''}..${constraint.range.max ?? ''}`
  if ('prefix' in constraint) return `prefix ${JSON.stringify(constraint.prefix)}`
  if ('glob' in constraint) return `glob ${JSON.stringify(constraint.glob)}`
  if ('within' in constraint) return `within ${showPath(constraint.within)}`
  return `every ${showConstraint(constraint.every)}`
}

function showPath(path: string): string {
  return path.startsWith('"') || path.trim() !== path ? JSON.stringify(path) : path
}

/** The text form of one argument's term. */
export function showTerm(name: string, term: ArgumentTerm): string {
  return `${name}${term.optional === true ? '?' : ''} ${showConstraint(term.constraint)}`
}
