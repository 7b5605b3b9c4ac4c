/**
 * What is remembered of the values that one argument had. Values arrive one at a time and only a bounded
 * digest of them is kept: a history may hold millions of calls with megabytes in each.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Json } from '../../base/json.ts'
import { isCanonicalPath } from '../../kernel/capability/path.ts'

/** Different values that are remembered; beyond that it is only known that there were more. */
export const rememberedValues = 64

/** The longest value, as canonical JSON in UTF-16 units, that is remembered. */
export const rememberedLength = 256

/** Lists within lists are looked into so far. */
const listDepth = 2

/** The values of one argument, or of the items of lists in it. */
export class ValueEvidence {
  /** Different values by their canonical text, in order of appearance. */
  readonly values: Map<string, Json> = new Map()
  /** False when values were too many or too long to remember. */
  complete = true
  count = 0
  /** The range, while every value is a number; null otherwise. */
  range: { readonly min: number; readonly max: number } | null = null
  /** Segments of the deepest folder that holds every value, while each is a canonical path; null otherwise. */
  folder: readonly string[] | null = null
  /** Scheme, authority and slash that every value begins with, while each is a web address; null otherwise. */
  origin: string | null = null
  /** The items, while every value is a list; null otherwise. */
  items: ValueEvidence | null = null
  readonly #depth: number

  constructor(depth = 0) {
    this.#depth = depth
  }

  /** Takes one more value into account. */
  add(value: Json): void {
    const isFirst = this.count === 0
    this.count += 1
    this.#remember(value)
    this.range = rangeWith(isFirst ? undefined : this.range, value)
    this.folder = folderWith(isFirst ? undefined : this.folder, value)
    this.origin = originWith(isFirst ? undefined : this.origin, value)
    this.#addItems(isFirst, value)
  }

  #remember(value: Json): void {
    if (!this.complete) return
    const isLong = typeof value === 'string' && value.length > rememberedLength
    const text = isLong ? null : canonicalJson(value)
    if (text === null || text.length > rememberedLength) this.complete = false
    else if (this.values.size < rememberedValues || this.values.has(text)) this.values.set(text, value)
    else this.complete = false
    if (!this.complete) this.values.clear()
  }

  #addItems(isFirst: boolean, value: Json): void {
    if (!Array.isArray(value) || this.#depth >= listDepth) {
      this.items = null
      return
    }
    if (isFirst) this.items = new ValueEvidence(this.#depth + 1)
    for (const item of value as readonly Json[]) this.items?.add(item)
  }
}

/** `known` is undefined for the first value, and null once the values cannot be described this way. */
function rangeWith(known: ValueEvidence['range'] | undefined, value: Json): ValueEvidence['range'] {
  if (known === null || typeof value !== 'number') return null
  return { min: Math.min(known?.min ?? value, value), max: Math.max(known?.max ?? value, value) }
}

function folderWith(known: readonly string[] | null | undefined, value: Json): readonly string[] | null {
  if (known === null || typeof value !== 'string' || !isCanonicalPath(value)) return null
  const segments = value.split('/').slice(1)
  if (known === undefined) return segments
  const differs = known.findIndex((segment, index) => segment !== segments[index])
  return differs < 0 ? known : known.slice(0, differs)
}

function originWith(known: string | null | undefined, value: Json): string | null {
  if (known === null || typeof value !== 'string') return null
  const origin = /^https?:\/\/[A-Za-z0-9.-]+(?::\d+)?\//u.exec(value)?.[0] ?? null
  return known === undefined || known === origin ? origin : null
}
