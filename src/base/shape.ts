/**
 * How values from outside must look, written down as data: one table of members per type, held against the type
 * by the compiler, and read as strictly as everything here. A value is accepted whole or not at all: what is
 * missing, unknown or of another shape is told in a sentence that names where it is. Nothing is converted, so
 * what was accepted is the very value that was given.
 */
import type { Json, JsonObject } from './json.ts'
import { isJsonObject } from './json.ts'
import type { Result } from './result.ts'
import { err, ok } from './result.ts'

/** What is wrong: where in the value, from the outside in, and what to say of it. */
export interface Misfit {
  readonly at: string
  readonly says: string
}

interface Look<T> {
  /** What is wrong with a value, or null when it is a `T`. */
  readonly why: (value: Json) => Misfit | null
  /** Never there: it only carries the type. */
  readonly type?: T
}

/** How values of a type look. */
export interface Shape<T> extends Look<T> {
  readonly isOptional: false
}

/** A member that may be left out. */
export interface Optional<T> extends Look<T> {
  readonly isOptional: true
}

type Known<T> = { [K in keyof T as [Exclude<T[K], undefined>] extends [never] ? never : K]: T[K] }

/** A shape for each member of `T`. */
export type Members<T> = {
  readonly [K in keyof Known<T>]-?: Partial<Pick<T, K>> extends Pick<T, K>
    ? Optional<Exclude<T[K], undefined>>
    : Shape<T[K]>
}

type Case<U, Tag extends keyof U, K> = U extends unknown ? (K extends U[Tag] ? U : never) : never

/** Members beside the tag, by the tag's value, of a union whose members differ by it. */
export type Cases<U, Tag extends keyof U> = {
  readonly [K in U[Tag] & string]: Members<Omit<Case<U, Tag, K>, Tag>>
}

type KeyOf<U> = U extends unknown ? keyof U : never
type ValueAt<U, K> = U extends unknown ? (K extends keyof U ? U[K] : never) : never

type AnyMembers = { readonly [name: string]: Shape<unknown> | Optional<unknown> }

/** The value as what it is, or a sentence saying what is wrong with it; `what` begins one about the whole. */
export function parse<T>(shape: Shape<T>, value: Json | undefined, what: string): Result<T, string> {
  const wrong = value === undefined ? missing : shape.why(value)
  if (wrong === null) return ok(value as T)
  return err(`${wrong.at === '' ? what : `\`${wrong.at}\``} ${wrong.says}.`)
}

/** True for a value of the shape. */
export function isOf<T>(shape: Shape<T>, value: Json | undefined): value is Json & T {
  return value !== undefined && shape.why(value) === null
}

/** Anything that passes a test; `says` ends a sentence about what does not. */
export function fits<T>(says: string, test: (value: Json) => boolean): Shape<T> {
  const wrong = { at: '', says }
  return { isOptional: false, why: (value) => (test(value) ? null : wrong) }
}

/** Text that passes a test. */
export function text(says: string, test: (value: string) => boolean): Shape<string> {
  return fits(says, (value) => typeof value === 'string' && test(value))
}

/** A whole number within bounds, both included. */
export function whole<T extends number>(least: number, most: number = Number.MAX_SAFE_INTEGER): Shape<T> {
  const bounds = most === Number.MAX_SAFE_INTEGER ? `from ${least}` : `from ${least} to ${most}`
  const isWhole = (value: Json): boolean => Number.isSafeInteger(value)
  return fits(
    `must be a whole number ${bounds}`,
    (value) => isWhole(value) && Number(value) >= least && Number(value) <= most,
  )
}

/** One of a few values. */
export function oneOf<const T extends string | number | boolean>(values: readonly T[]): Shape<T> {
  const says = `must be ${values.map((value) => JSON.stringify(value)).join(' or ')}`
  return fits(says, (value) => values.some((known) => known === value))
}

/** The same, where it may be left out. */
export function optional<T>({ why }: Shape<T>): Optional<T> {
  return { isOptional: true, why }
}

/** A list of at most so many items. */
export function list<T>(item: Shape<T>, most: number, fewest = 0): Shape<readonly T[]> {
  const wrong = { at: '', says: `must be a list of ${fewest} to ${most}` }
  const why = (value: Json): Misfit | null => {
    if (!Array.isArray(value) || value.length < fewest || value.length > most) return wrong
    for (const [index, each] of (value as readonly Json[]).entries()) {
      const misfit = item.why(each)
      if (misfit !== null) return inside(`[${index}]`, misfit)
    }
    return null
  }
  return { isOptional: false, why }
}

/** An object with names of any kind, at most so many, whose members look alike. */
export function mapping<T>(
  item: Shape<T>,
  most: number,
  isName: (name: string) => boolean = () => true,
): Shape<{ readonly [name: string]: T }> {
  const why = (value: Json): Misfit | null => {
    if (!isJsonObject(value)) return noObject
    const names = Object.keys(value)
    if (names.length > most) return { at: '', says: `must have at most ${most} members` }
    for (const name of names) {
      const misfit = isName(name) ? item.why(value[name] as Json) : unknown
      if (misfit !== null) return inside(name, misfit)
    }
    return null
  }
  return { isOptional: false, why }
}

/** An object with exactly these members. */
export function object<T>(members: Members<T>): Shape<T> {
  const known: AnyMembers = members
  return { isOptional: false, why: (value) => (isJsonObject(value) ? whyMembers(value, known) : noObject) }
}

/** An object with exactly one of these members. */
export function single<U>(members: { readonly [K in KeyOf<U>]: Shape<ValueAt<U, K>> }): Shape<U> {
  const known: { readonly [name: string]: Shape<unknown> } = members
  const wrong = { at: '', says: `must have exactly one member, of ${Object.keys(members).join(', ')}` }
  const why = (value: Json): Misfit | null => {
    const [name, another] = isJsonObject(value) ? Object.keys(value) : []
    if (name === undefined || another !== undefined || !Object.hasOwn(known, name)) return wrong
    const misfit = known[name]?.why((value as JsonObject)[name] as Json) ?? null
    return misfit === null ? null : inside(name, misfit)
  }
  return { isOptional: false, why }
}

/** An object of a union, whose `tag` says which members it has beside. */
export function tagged<U, Tag extends keyof U & string>(tag: Tag, cases: Cases<U, Tag>): Shape<U> {
  const known = cases as { readonly [name: string]: AnyMembers }
  const wrong = { at: tag, says: `must be one of ${Object.keys(cases).join(', ')}` }
  const why = (value: Json): Misfit | null => {
    if (!isJsonObject(value)) return noObject
    const kind = Object.hasOwn(value, tag) ? value[tag] : undefined
    if (typeof kind !== 'string' || !Object.hasOwn(known, kind)) return wrong
    return whyMembers(value, known[kind] ?? {}, tag)
  }
  return { isOptional: false, why }
}

/** A shape with one more question, asked of what has it: null, or what to say of it. */
export function checked<T>(shape: Shape<T>, question: (value: T) => string | null): Shape<T> {
  const why = (value: Json): Misfit | null => {
    const misfit = shape.why(value)
    const says = misfit === null ? question(value as T) : null
    return says === null ? misfit : { at: '', says }
  }
  return { isOptional: false, why }
}

/** A list in which nothing that `keyOf` says of an item stands twice. */
export function distinct<T>(shape: Shape<readonly T[]>, keyOf: (item: T) => unknown): Shape<readonly T[]> {
  return checked(shape, (items) =>
    new Set(items.map(keyOf)).size === items.length ? null : 'names one thing twice',
  )
}

const missing: Misfit = { at: '', says: 'is missing' }
const unknown: Misfit = { at: '', says: 'is not known here' }
const noObject: Misfit = { at: '', says: 'must be an object' }

function whyMembers(value: JsonObject, members: AnyMembers, tag?: string): Misfit | null {
  for (const name of Object.keys(members)) {
    const shape = members[name] as Shape<unknown>
    const isThere = Object.hasOwn(value, name)
    if (!isThere && shape.isOptional) continue
    const misfit = isThere ? shape.why(value[name] as Json) : missing
    if (misfit !== null) return inside(name, misfit)
  }
  const extra = Object.keys(value).find((name) => name !== tag && !Object.hasOwn(members, name))
  return extra === undefined ? null : inside(extra, unknown)
}

function inside(name: string, { at, says }: Misfit): Misfit {
  return { at: at === '' || at.startsWith('[') ? name + at : `${name}.${at}`, says }
}
