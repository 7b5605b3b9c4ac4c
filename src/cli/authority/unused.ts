/**
 * Rights that were never used, for a whole domain: every living capability held against what was done under it
 * since an instant. What is younger than that was not watched for long enough, and is said apart. What to do about
 * it is an order for a person to sign: revoke what was not used at all, narrow what was used in part.
 */
import type { CapabilityId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { OrderAction } from '../../kernel/command.ts'
import { foldersTooWide } from '../suggestion/suggest.ts'
import type { LedgerView } from '../ledger-view.ts'
import type { Level } from './level.ts'
import { allLevels, selectorsAllowed, whyDeadAt } from './level.ts'
import type { UnusedTerms } from './unused-terms.ts'
import { unusedTerms } from './unused-terms.ts'
import type { Usage, UsageHistory } from './usage.ts'
import { usageIn } from './usage.ts'

/** What is asked. */
export interface UnusedQuestion {
  /** The instant of asking, in milliseconds since the epoch: what has expired by then is not told of. */
  readonly nowMs: number
  readonly sinceMs: number
  /** Whether arguments are looked at. */
  readonly arguments: boolean
  /** Fewer calls than this say nothing about arguments. */
  readonly leastCalls: number
}

/** One capability with something in it that was never used. */
export interface UnusedFinding {
  readonly level: Level
  readonly madeSeq: number
  readonly madeAt: number
  /** True when it is younger than the time that was asked about. */
  readonly isYoung: boolean
  /** Uses since the instant that was asked about. */
  readonly uses: number
  /** Uses ever. */
  readonly usesEver: number
  /** True when it was not used at all since then. */
  readonly isWhole: boolean
  readonly terms: UnusedTerms
}

/** Everything that was found, and what it was found in. */
export interface UnusedReport {
  readonly findings: readonly UnusedFinding[]
  /** Living capabilities that were looked at. */
  readonly capabilities: number
  readonly usage: UsageHistory
}

/** Goes through the ledger once and looks at every living capability. */
export function findUnused(view: LedgerView, question: UnusedQuestion): UnusedReport {
  const usage = usageIn(view, question)
  const { history, usages } = usage
  const findings: UnusedFinding[] = []
  /** What is below a capability that nobody used was not used either, and goes with it. */
  const covered = new Set<number>()
  let capabilities = 0
  for (const level of allLevels(history.state)) {
    const { capability, handle, parent } = level
    if (handle === 0 || whyDeadAt(history.state, capability, question.nowMs) !== null) continue
    capabilities += 1
    const found = covered.has(parent) ? null : findingOf(usage, level, usages.get(capability), question)
    if (covered.has(parent) || (found?.isWhole === true && !found.isYoung)) covered.add(capability)
    if (found !== null) findings.push(found)
  }
  return { findings, capabilities, usage }
}

function findingOf(
  { history }: UsageHistory,
  level: Level,
  usage: Usage | undefined,
  question: UnusedQuestion,
): UnusedFinding | null {
  const made = history.makers.get(level.capability)
  if (made === undefined) throw new Error(`no event made capability c${level.capability}`)
  const manner = { ...question, tooWide: foldersTooWide() }
  const evidence = usage?.selectors ?? new Map<string, never>()
  const allowed = selectorsAllowed(history.state, level.capability)
  const terms = unusedTerms(level.caveats, allowed, evidence, manner)
  if (terms.rights.length === 0) return null
  let uses = 0
  for (const { calls } of evidence.values()) uses += calls
  return {
    level,
    madeSeq: made.seq,
    madeAt: made.at,
    isYoung: made.at > question.sinceMs,
    uses,
    usesEver: usage?.count ?? 0,
    isWhole: evidence.size === 0,
    terms,
  }
}

/** The orders that take away what was never used: nothing that is young, and nothing that was used. */
export function narrowingOrders(
  findings: readonly UnusedFinding[],
  alsoYoung: boolean,
): readonly OrderAction[] {
  return findings.flatMap(({ level, isYoung, isWhole, terms }): OrderAction[] => {
    if (isYoung && !alsoYoung) return []
    const capability = id<CapabilityId>(level.capability)
    if (isWhole) return [{ do: 'capability.revoke', capability }]
    if (terms.narrowed === null) return []
    return [{ do: 'capability.narrow', capability, caveats: terms.narrowed }]
  })
}
