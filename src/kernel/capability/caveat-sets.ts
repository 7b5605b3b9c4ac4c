/**
 * Caveats are few and capabilities many: equal ones are kept once, and a record holds a small number instead.
 * A number is given anew once nobody refers to it, so it means nothing outside the table and its memory.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import { invariant } from '../../base/fault.ts'
import type { Json } from '../../base/json.ts'
import type { Caveats } from './terms.ts'

interface CaveatSet {
  readonly key: string
  readonly caveats: Caveats
  /** First instant of death at this level; infinite without an expiry. */
  readonly expiresAt: number
  /** True when nothing is asked at this level. */
  readonly isEmpty: boolean
  references: number
}

/** Interned caveats with a count of references each. */
export class CaveatSets {
  readonly #sets: (CaveatSet | null)[] = []
  readonly #numbers: Map<string, number> = new Map<string, number>()
  readonly #free: number[] = []

  /** The number of these caveats, with one reference more. */
  take(caveats: Caveats): number {
    const key = canonicalJson(caveats as unknown as Json)
    const known = this.#numbers.get(key)
    if (known !== undefined) {
      this.at(known).references += 1
      return known
    }
    const number = this.#free.pop() ?? this.#sets.length
    const expiresAt = caveats.expiresAt ?? Infinity
    this.#sets[number] = { key, caveats, expiresAt, isEmpty: key === '{}', references: 1 }
    this.#numbers.set(key, number)
    return number
  }

  /** One reference less. */
  drop(number: number): void {
    const set = this.at(number)
    set.references -= 1
    if (set.references > 0) return
    this.#numbers.delete(set.key)
    this.#sets[number] = null
    this.#free.push(number)
  }

  /** The set of a number that is in use. */
  at(number: number): CaveatSet {
    const set = this.#sets[number] ?? null
    invariant(set !== null, 'a record refers to caveats that are kept')
    return set
  }
}
