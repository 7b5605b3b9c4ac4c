/**
 * Which events have a given number in them, while events are still being added: for each number the chain of its
 * events from the newest back. Chains in typed arrays: a segment has hundreds of thousands of events.
 */
import type { MoreKeys } from './segment-keys.ts'

/** Chains by key. Events are places counted from 0, added in ascending order. */
export class ChainedPostings {
  /** Of each key the entry of its newest event. */
  readonly #newest = new Map<number, number>()
  #places = new Uint32Array(64)
  /** Of each entry the one before it under the same key, or -1. */
  #links = new Int32Array(64)
  #size = 0

  /** Adds the events from place `from` up to `to`: each under its number in `column`, and some under one more. */
  addAll(column: Uint32Array, from: number, to: number, more: MoreKeys): void {
    let next = more.places.findLastIndex((place) => place < from) + 1
    for (let place = from; place < to; place++) {
      const key = column[place] ?? 0
      if (key !== 0) this.#add(key, place)
      if (more.places[next] === place) this.#add(more.keys[next++] ?? 0, place)
    }
  }

  /** The entry of the newest event under `key`, or -1. */
  newest(key: number): number {
    return this.#newest.get(key) ?? -1
  }

  /** The entry before `entry` under the same key, or -1. */
  before(entry: number): number {
    return this.#links[entry] ?? -1
  }

  /** The place that `entry` stands for. */
  placeOf(entry: number): number {
    return this.#places[entry] ?? 0
  }

  #add(key: number, place: number): void {
    const entry = this.#size++
    if (entry === this.#places.length) {
      const [places, links] = [this.#places, this.#links]
      this.#places = new Uint32Array(entry * 2)
      this.#links = new Int32Array(entry * 2)
      this.#places.set(places)
      this.#links.set(links)
    }
    this.#places[entry] = place
    this.#links[entry] = this.newest(key)
    this.#newest.set(key, entry)
  }
}
