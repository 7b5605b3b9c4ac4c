/**
 * The calls under way, by id. A `Map` does the same, but calls come and go by the hundred thousand: it is made anew
 * after every few hundred of them, and in V8 each one that grew old keeps all later ones alive, with their calls,
 * until the next full collection. Here one array stays, and a call that ends leaves it.
 */
import { invariant } from '../../base/fault.ts'
import type { CallId } from '../../base/ids.ts'
import type { Call } from '../state.ts'

const leastBits = 6
/** Knuth's multiplier: consecutive ids lie far apart, so that hardly any two meet. */
const spread = 0x9e37_79b1

/** The commitment to the arguments of a call, as text: made when it is asked for, which is seldom. */
export function commitmentOf({ commitment }: Pick<Call, 'commitment'>): string {
  return typeof commitment === 'string' ? commitment : commitment.hex
}

/** Calls by id, which they come in ascending order of. At most half of its places are taken. */
export class CallTable {
  #places: (Call | undefined)[] = emptyPlaces(leastBits)
  #bits: number = leastBits
  #size = 0

  /** The same calls as those of `calls`. */
  static of(calls: Iterable<Call>): CallTable {
    const table = new CallTable()
    for (const call of calls) table.add(call)
    return table
  }

  get size(): number {
    return this.#size
  }

  get(call: CallId): Call | undefined {
    return this.#places[this.#find(call)]
  }

  has(call: CallId): boolean {
    return this.get(call) !== undefined
  }

  /** Adds a call that is not there yet. */
  add(call: Call): void {
    if ((this.#size + 1) * 2 > this.#places.length) this.#grow()
    const place = this.#find(call.id)
    invariant(this.#places[place] === undefined, 'a call begins once')
    this.#places[place] = call
    this.#size += 1
  }

  delete(call: CallId): void {
    const places = this.#places
    const last = places.length - 1
    let hole = this.#find(call)
    if (places[hole] === undefined) return
    this.#size -= 1
    // What stands after the hole moves into it unless that is before its home, so that looking for it finds it.
    for (let at = (hole + 1) & last; ; at = (at + 1) & last) {
      const next = places[at]
      if (next === undefined) break
      if (((at - this.#home(next.id)) & last) < ((at - hole) & last)) continue
      places[hole] = next
      hole = at
    }
    places[hole] = undefined
  }

  /** The calls as of now, in the order in which they began. */
  values(): ArrayIterator<Call> {
    return this.#inOrder().values()
  }

  /** Their ids, in the same order. */
  keys(): ArrayIterator<CallId> {
    return this.#inOrder()
      .map((call) => call.id)
      .values()
  }

  /** All of them as a map of plain values, for whoever writes the state down. */
  plain(): ReadonlyMap<CallId, Call> {
    return new Map(this.#inOrder().map((call) => [call.id, { ...call, commitment: commitmentOf(call) }]))
  }

  /** Ids and calls, as of a map. */
  [Symbol.iterator](): ArrayIterator<readonly [CallId, Call]> {
    return this.#inOrder()
      .map((call) => [call.id, call] as const)
      .values()
  }

  #inOrder(): readonly Call[] {
    return this.#places.filter((call) => call !== undefined).sort((one, other) => one.id - other.id)
  }

  #home(call: CallId): number {
    return Math.imul(call, spread) >>> (32 - this.#bits)
  }

  /** Where it is, or where it would be. */
  #find(call: CallId): number {
    const places = this.#places
    for (let at = this.#home(call); ; at = (at + 1) & (places.length - 1)) {
      const there = places[at]
      if (there === undefined || there.id === call) return at
    }
  }

  #grow(): void {
    const before = this.#places
    this.#bits += 1
    this.#places = emptyPlaces(this.#bits)
    for (const call of before) if (call !== undefined) this.#places[this.#find(call.id)] = call
  }
}

function emptyPlaces(bits: number): (Call | undefined)[] {
  return Array.from({ length: 1 << bits }, () => undefined)
}
