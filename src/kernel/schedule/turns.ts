/**
 * Whose turn it is among members that wait beside each other. Within one priority it is deficit round robin: each
 * visit gives a member as many units as its weight, and a turn costs units, so that over a round everybody had
 * turns in proportion to weight. The highest priority that waits goes first, but each lower one that was passed
 * over for `agingTurns` turns gets one: nothing that waits waits for ever.
 */
import { shareLimits } from './share.ts'
import type { Share } from './share.ts'

/** What one turn of cost 1 takes from a member's units: the weight of an ordinary member. */
export const unitsPerTurn = 100
/** How many turns in a row of higher priorities a lower one may be passed over. */
export const agingTurns = 8

/** Somebody that waits. Written by `Turns` alone. */
export interface Member {
  share: Share
  /** Units it has and has not used; below 0 after something that cost more. */
  units: number
}

/** A new member that owes and owns nothing. */
export function memberWith(share: Share): Member {
  return { share, units: 0 }
}

interface Level<M> {
  /** In the order in which their turn comes. */
  readonly ring: Set<M>
  /** Turns in a row that went to other levels while something waited here. */
  passedOver: number
}

/** The members that wait, in rounds. Deterministic: the order of calls alone decides. */
export class Turns<M extends Member> {
  readonly #levels: readonly Level<M>[] = Array.from({ length: shareLimits.mostPriority + 1 }, () => ({
    ring: new Set<M>(),
    passedOver: 0,
  }))

  /** Begins to wait, at the end of its round. */
  join(member: M): void {
    this.#level(member).ring.add(member)
  }

  /** Waits no more. What it had left of its units is gone: nobody saves up by not asking. */
  leave(member: M): void {
    if (this.#level(member).ring.delete(member) && member.units > 0) member.units = 0
  }

  /** Gives a member another share, whether it waits or not. */
  reshare(member: M, share: Share): void {
    const waits = this.#level(member).ring.delete(member)
    member.share = share
    if (waits) this.join(member)
  }

  /** True when somebody waits that may go now. Nobody's turn is taken. */
  some(mayGo: (member: M) => boolean): boolean {
    return this.#levels.some(({ ring }) => {
      for (const member of ring) if (mayGo(member)) return true
      return false
    })
  }

  /** Whose turn it is among those that may go now, or null. Follow with `charge` when it went. */
  next(mayGo: (member: M) => boolean): M | null {
    let chosen: M | null = null
    let passed: Level<M>[] = []
    // From the highest: a level below takes the turn only when it was passed over long enough, the lowest first.
    for (let priority = this.#levels.length - 1; priority >= 0; priority--) {
      const level = this.#levels[priority]
      if (level === undefined || level.ring.size === 0) continue
      if (chosen !== null && level.passedOver < agingTurns) {
        passed.push(level)
        continue
      }
      const member = firstOf(level.ring, mayGo)
      if (member === null) continue
      if (chosen !== null) passed.push(this.#level(chosen))
      chosen = member
      passed = passed.filter((other) => other !== level)
    }
    if (chosen === null) return null
    for (const level of passed) level.passedOver += 1
    this.#level(chosen).passedOver = 0
    return chosen
  }

  /** Takes a turn of that cost, a whole number from 1, from the member that went. */
  charge(member: M, cost: number): void {
    member.units -= cost * unitsPerTurn
    const { ring } = this.#level(member)
    if (member.units < unitsPerTurn && ring.delete(member)) ring.add(member)
  }

  #level({ share }: M): Level<M> {
    return this.#levels[share.priority] as Level<M>
  }
}

/** Visits members in their order until one that may go has units for a turn. */
function firstOf<M extends Member>(ring: Set<M>, mayGo: (member: M) => boolean): M | null {
  // What is moved to the end is visited again, with more units: this ends as soon as anybody may go.
  for (const member of ring) {
    if (!mayGo(member)) continue
    if (member.units < unitsPerTurn) member.units += member.share.weight
    if (member.units >= unitsPerTurn) return member
    ring.delete(member)
    ring.add(member)
  }
  return null
}
