/**
 * From evidence to a suggestion. One grant per driver for what may be done freely, and one for what should be
 * asked about; in it a line per selector. Everything is sorted, so that the same history gives the same file.
 */
import type { EffectClass } from '../../kernel/effect.ts'
import { effectClasses } from '../../kernel/effect.ts'
import type { Driver } from '../../kernel/state.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import { generalise } from './generalise.ts'
import { minuteMs } from './selector-evidence.ts'
import type { SelectorEvidence } from './selector-evidence.ts'
import type { SuggestedArgument, SuggestedGrant, SuggestedSelector } from './suggestion.ts'

/** How suggestions are made. */
export interface Manner {
  /** Folders that are never given whole. */
  readonly tooWide: readonly string[]
  /** True when uses that act outside, or worse, should be approved one by one. */
  readonly ask: boolean
}

/** The fewest uses in a minute that a rate allows: below, people would be refused for nothing. */
const leastRate = 10

/** The grants that cover `evidence` on one driver. Selectors that are not pinned must not be among it. */
export function proposeGrants(
  driver: Driver,
  evidence: ReadonlyMap<string, SelectorEvidence>,
  manner: Manner,
): readonly SuggestedGrant[] {
  const free: [string, SelectorEvidence][] = []
  const asked: [string, SelectorEvidence][] = []
  for (const selector of [...evidence.keys()].toSorted()) {
    const effect = driver.selectors.get(selector)?.effect ?? 'act'
    const seen = evidence.get(selector)
    if (seen !== undefined) (manner.ask && isConsequential(effect) ? asked : free).push([selector, seen])
  }
  const grants: SuggestedGrant[] = []
  if (free.length > 0) grants.push(grantOf(driver, free, false, manner))
  if (asked.length > 0) grants.push(grantOf(driver, asked, true, manner))
  return grants
}

function isConsequential(effect: EffectClass): boolean {
  return effectClasses.indexOf(effect) >= effectClasses.indexOf('act')
}

function grantOf(
  driver: Driver,
  lines: readonly (readonly [string, SelectorEvidence])[],
  ask: boolean,
  manner: Manner,
): SuggestedGrant {
  const busiest = busiestMinute(lines.map(([, seen]) => seen))
  const count = Math.max(leastRate, 2 * busiest)
  const asks = ask ? 'these leave our control or cannot be undone, so each use is asked about; ' : ''
  return {
    driver: driver.name,
    ...(ask ? { ask: true } : {}),
    rate: { count, perMs: minuteMs },
    why: `${asks}the busiest minute had ${busiest} calls, and the rate is twice that, ${leastRate} at least`,
    selectors: Object.fromEntries(
      lines.map(([selector, seen]) => {
        const effect = driver.selectors.get(selector)?.effect ?? 'act'
        return [selector, lineOf(effect, seen, manner)]
      }),
    ),
  }
}

/** Twice the busiest clock minute is never less than any minute at all: a minute touches two of the clock's. */
function busiestMinute(all: readonly SelectorEvidence[]): number {
  const minutes = new Map<number, number>()
  for (const { minutes: counts } of all) {
    for (const [minute, count] of counts) minutes.set(minute, (minutes.get(minute) ?? 0) + count)
  }
  let busiest = 0
  for (const count of minutes.values()) busiest = Math.max(busiest, count)
  return busiest
}

function lineOf(effect: EffectClass, seen: SelectorEvidence, manner: Manner): SuggestedSelector {
  const evidence = {
    calls: seen.calls,
    first: showInstant(seen.firstAt),
    last: showInstant(seen.lastAt),
    seqs: [...seen.seqs],
  }
  if (seen.opened === 0) {
    const why = 'wide: please review; the key that opens arguments is not here, so any are allowed'
    return { effect, arguments: {}, open: true, why, evidence }
  }
  if (seen.tooManyNames) {
    const why = 'wide: please review; it was called with more different arguments than a grant can name'
    return { effect, arguments: {}, open: true, why, evidence }
  }
  const named: { [name: string]: SuggestedArgument } = Object.create(null) as {
    [name: string]: SuggestedArgument
  }
  for (const name of [...seen.arguments.keys()].toSorted()) named[name] = argumentOf(name, seen, manner)
  return { effect, arguments: named, why: lineWhy(seen), evidence }
}

function lineWhy({ calls, opened }: SelectorEvidence): string {
  const times = `used ${calls} ${calls === 1 ? 'time' : 'times'}`
  return opened === calls
    ? times
    : `${times}; the arguments of ${calls - opened} could not be opened and are not covered`
}

function argumentOf(name: string, seen: SelectorEvidence, { tooWide }: Manner): SuggestedArgument {
  const values = seen.arguments.get(name)
  if (values === undefined) throw new Error(`no evidence of ${visible(name)}`)
  const { constraint, why, wide, undecided } = generalise(values, tooWide)
  const absent = seen.opened - values.count
  return {
    constraint,
    ...(absent > 0 ? { optional: true } : {}),
    why: absent > 0 ? `${why}; ${absent} of ${seen.opened} calls were without it` : why,
    ...(wide ? { wide: true } : {}),
    ...(undecided === '' ? {} : { undecided }),
  }
}
