/** Counting uses: each takes one of every level that it stands on, and what did not happen gives it back. */
import type { Node } from './model.ts'
import { termsOf, usesLeftAt } from './model.ts'
import { demand } from './violation.ts'

/** Takes one use of every level; stops when one has none, or too many in its window. */
export function take(levels: readonly Node[], at: number): void {
  for (const level of levels) {
    level.taken += 1
    level.uses.push(at)
    demand(usesLeftAt(level) >= 0, 'I13 once', `c${level.id} was used ${level.taken} times`)
    for (const { caveats, since } of termsOf(level)) {
      const { count = Infinity, perMs = 0 } = caveats.rate ?? {}
      const recent = level.uses.filter((time) => time > at - perMs && time > since).length
      demand(recent <= 2 * count, 'I13 once', `c${level.id} was used ${recent} times in ${perMs} ms`)
    }
  }
}

/** Gives back what was taken at `reservedAt`. */
export function giveBack(levels: readonly Node[], reservedAt: number): void {
  for (const level of levels) {
    level.taken -= 1
    const at = level.uses.indexOf(reservedAt)
    if (at !== -1) level.uses.splice(at, 1)
  }
}
