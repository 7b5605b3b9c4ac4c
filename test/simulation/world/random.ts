/**
 * Chance that can be had again: a small generator (xoshiro128**) seeded by a number and the name of whoever
 * draws. Each component draws from a stream of its own, so that a new draw in one does not shift the others.
 */

interface Weights {
  readonly sum: number
  readonly weights: readonly (readonly [string, number])[]
}

/** Tables that were drawn from before. */
const tables = new WeakMap<object, Weights>()

function weigh(table: { readonly [name: string]: number }): Weights {
  const weights = Object.entries(table)
  const weighed = { sum: weights.reduce((sum, [, weight]) => sum + weight, 0), weights }
  tables.set(table, weighed)
  return weighed
}

/** A seeded source of chance. */
export class Random {
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: number, stream: string) {
    let mixed = (seed ^ 0x9e37_79b9) >>> 0
    for (let at = 0; at < stream.length; at += 1) mixed = mix(mixed ^ stream.charCodeAt(at))
    this.#a = mixed = mix(mixed + 1)
    this.#b = mixed = mix(mixed + Math.trunc(seed / 4_294_967_296) + 2)
    this.#c = mixed = mix(mixed + 3)
    this.#d = mix(mixed + 4) | 1
  }

  /** An integer from 0 to 2³² - 1. */
  word(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = rotate(this.#d, 11)
    return result
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    return this.word() % limit
  }

  /** An integer from `low` to `high`, both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  /** True with the given chance, in percent. */
  percent(chance: number): boolean {
    return this.below(10_000) < chance * 100
  }

  /** One of the items, which are not empty. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }

  /** A name of the table, as likely as its weight. */
  weighted<T extends string>(table: { readonly [K in T]: number }): T {
    const known = tables.get(table) ?? weigh(table)
    let left = this.below(known.sum)
    for (const [name, weight] of known.weights) {
      left -= weight
      if (left < 0) return name as T
    }
    return known.weights[0]?.[0] as T
  }

  /** `length` bytes. */
  bytes(length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    for (let at = 0; at < length; at += 1) bytes[at] = this.word() & 0xff
    return bytes
  }
}

function mix(value: number): number {
  let mixed = value | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85eb_ca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}
