/**
 * The constraint language a second time, written from the words that describe it and from nothing else, so
 * that a mistake in the gate's reading of a constraint is not repeated here.
 *
 * eq: the same JSON value. in: one of them. range: a number between bounds, both included. prefix: a text
 * beginning so. glob: `?` one character but `/`, `*` a run without `/`, `**` any run. within: an absolute path
 * in its only spelling, at or below the folder. every: a list whose items all satisfy. any: anything.
 */
import type { Json } from '../../../src/base/json.ts'
import type { ArgumentTerms, Constraint, Where } from '../../../src/kernel/capability/terms.ts'

/** Whether `value` is one the constraint names. */
export function allows(constraint: Constraint, value: Json): boolean {
  const [kind] = Object.keys(constraint)
  const terms = constraint as { readonly [kind: string]: unknown }
  switch (kind) {
    case 'any':
      return true
    case 'eq':
      return canonical(terms['eq']) === canonical(value)
    case 'in':
      return (terms['in'] as unknown[]).some((item) => canonical(item) === canonical(value))
    case 'range':
      return typeof value === 'number' && inRange(terms['range'] as { min?: number; max?: number }, value)
    case 'prefix':
      return typeof value === 'string' && value.slice(0, String(terms['prefix']).length) === terms['prefix']
    case 'glob':
      return typeof value === 'string' && globPattern(String(terms['glob'])).test(value)
    case 'within':
      return typeof value === 'string' && lies(String(terms['within']), value)
    case 'every':
      return Array.isArray(value) && value.every((item) => allows(terms['every'] as Constraint, item))
    default:
      return false
  }
}

/** Whether the arguments are inside the terms of one level for that selector. */
export function inside(where: Where, selector: string, values: { readonly [name: string]: Json }): boolean {
  const own = new Map(Object.entries(where))
  const terms: ArgumentTerms = own.get(selector) ?? own.get('*') ?? { arguments: {} }
  const named = new Map(Object.entries(terms.arguments))
  const given = new Map(Object.entries(values))
  for (const [name, term] of named) {
    const value = given.get(name)
    if (value === undefined) {
      if (term.optional !== true) return false
    } else if (!allows(term.constraint, value)) return false
  }
  return terms.open === true || [...given.keys()].every((name) => named.has(name))
}

function inRange({ min, max }: { min?: number; max?: number }, value: number): boolean {
  return !(min !== undefined && value < min) && !(max !== undefined && value > max)
}

function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[\\^$.|+()[\]{}]/gu, '\\$&')
    .replace(/\*\*|\*|\?/gu, (wild) => (wild === '**' ? '[^]*' : wild === '*' ? '[^/]*' : '[^/]'))
  return new RegExp(`^${source}$`, 'u')
}

function lies(folder: string, path: string): boolean {
  if (!path.startsWith('/') || path.normalize('NFC') !== path || path.length > 4096) return false
  const parts = path.split('/').slice(1)
  const isPlain = parts.every((part) => !['', '.', '..'].includes(part) && !/[\p{Cc}~%\\]/u.test(part))
  if (path !== '/' && !isPlain) return false
  const above = folder === '/' ? [] : folder.split('/').slice(1)
  return above.every((part, at) => parts[at] === part)
}

/** JSON text with members in order of name: equal exactly for equal values. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = value as { readonly [name: string]: unknown }
  const names = Object.keys(members).sort()
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(members[name])}`).join(',')}}`
}
