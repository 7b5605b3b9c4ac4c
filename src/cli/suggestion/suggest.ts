/**
 * The whole way from a ledger to a suggestion: gather, propose, rehearse. Read-only, and nothing needs to run.
 */
import { homedir } from 'node:os'
import { dirname } from 'node:path'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { DriverId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { EventOf } from '../../kernel/event.ts'
import type { State } from '../../kernel/state.ts'
import type { LedgerView } from '../ledger-view.ts'
import { follow } from './history.ts'
import type { Followed } from './history.ts'
import { proposeGrants } from './propose.ts'
import type { RehearsedGrant } from './rehearsal.ts'
import { Rehearsal } from './rehearsal.ts'
import { SelectorEvidence } from './selector-evidence.ts'
import type { LeftOut, RefusedUse, SuggestedGrant, Suggestion } from './suggestion.ts'
import { suggestionFormat } from './suggestion.ts'
import { suggestedCaveats } from './suggested-caveats.ts'

/** What to suggest from. */
export interface Question {
  readonly view: LedgerView
  readonly followed: Followed
  /** The fold of the ledger. It is used up. */
  readonly state: State
  /** Only calls from this instant on. */
  readonly sinceMs: number
  readonly ask: boolean
}

/** A suggestion with what its rehearsal showed. */
export interface Suggested {
  readonly suggestion: Suggestion
  readonly rehearsal: RehearsalReport
}

/** What became of the observed calls under the suggestion. */
export interface RehearsalReport {
  readonly through: number
  readonly asked: number
  /** Positions of calls that would be refused, and why; a defect unless empty. */
  readonly refused: readonly { readonly seq: number; readonly code: string; readonly message: string }[]
}

/** The root, and the user's home with every folder above it: never given whole. */
export function foldersTooWide(): readonly string[] {
  const folders: string[] = []
  for (let folder = homedir(); !folders.includes(folder); folder = dirname(folder)) folders.push(folder)
  return folders
}

/** Suggests. An error means that the kernel would not take what is suggested, which is a defect. */
export function suggest(question: Question): Result<Suggested, string> {
  const gathered = gather(question)
  const suggestion = propose(question, gathered)
  const grants: RehearsedGrant[] = []
  for (const grant of suggestion.grants) {
    const caveats = suggestedCaveats(grant)
    if (!caveats.ok) return err(`the terms for ${grant.driver}: ${caveats.error}`)
    grants.push({ object: driverNamed(question.state, grant.driver), caveats: caveats.value })
  }
  const report = rehearse(question, grants)
  return report.ok ? ok({ suggestion, rehearsal: report.value }) : report
}

/** What the history held, by object and selector. */
interface Gathered {
  readonly used: ReadonlyMap<number, ReadonlyMap<string, SelectorEvidence>>
  readonly refusals: readonly RefusedUse[]
  readonly refusedBeside: number
}

const keptSeqs = 5

function gather({ view, followed, sinceMs, state }: Question): Gathered {
  const used = new Map<number, Map<string, SelectorEvidence>>()
  const refusals = new Map<string, RefusedUse>()
  let refusedBeside = 0
  follow(view, followed.process, sinceMs, {
    admitted(call) {
      const selectors = used.get(call.object) ?? new Map<string, SelectorEvidence>()
      used.set(call.object, selectors)
      const evidence = selectors.get(call.selector) ?? new SelectorEvidence()
      selectors.set(call.selector, evidence)
      evidence.add(call)
    },
    refused(event) {
      countRefusal(refusals, state, event)
    },
    countedOnly(count) {
      refusedBeside += count
    },
  })
  return { used, refusals: [...refusals.values()], refusedBeside }
}

function countRefusal(
  refusals: Map<string, RefusedUse>,
  state: State,
  { body, seq }: EventOf<'syscall.refused'>,
): void {
  const driver = state.drivers.get(id<DriverId>(body.object))?.name ?? ''
  const key = JSON.stringify([driver, body.selector, body.code])
  const earlier = refusals.get(key)
  const seqs = [...(earlier?.seqs ?? []).slice(0, keptSeqs - 1), seq]
  const { selector, code, message } = body
  refusals.set(key, { driver, selector, code, count: (earlier?.count ?? 0) + 1, message, seqs })
}

function propose(
  { followed, state, ask }: Question,
  { used, refusals, refusedBeside }: Gathered,
): Suggestion {
  const grants: SuggestedGrant[] = []
  const leftOut: LeftOut[] = []
  let calls = 0
  let sealed = 0
  const manner = { tooWide: foldersTooWide(), ask }
  for (const [object, selectors] of used) {
    const driver = state.drivers.get(id<DriverId>(object))
    const offered = new Map<string, SelectorEvidence>()
    for (const [selector, evidence] of selectors) {
      calls += evidence.calls
      sealed += evidence.calls - evidence.opened
      if (driver?.selectors.has(selector) === true) offered.set(selector, evidence)
      else
        leftOut.push(leftOutOf(driver?.name ?? `object ${object}`, selector, evidence, driver !== undefined))
    }
    if (driver !== undefined) grants.push(...proposeGrants(driver, offered, manner))
  }
  return {
    custos: suggestionFormat,
    agent: followed.name,
    calls,
    sealed,
    grants: grants.toSorted((left, right) => order(left.driver, right.driver)),
    leftOut,
    refused: refusals,
    refusedBeside,
  }
}

function order(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

function leftOutOf(driver: string, selector: string, evidence: SelectorEvidence, exists: boolean): LeftOut {
  const why = exists ? 'the driver offers it no more' : 'the driver was removed'
  return { driver, selector, calls: evidence.calls, why }
}

function driverNamed(state: State, name: string): number {
  for (const driver of state.drivers.values()) if (driver.name === name) return driver.id
  throw new Error('a suggestion names drivers of its own state')
}

/** Repeats every observed call whose arguments are known and whose selector is still offered. */
function rehearse(
  { view, followed, state, sinceMs }: Question,
  grants: readonly RehearsedGrant[],
): Result<RehearsalReport, string> {
  const begun = Rehearsal.begin(state, grants)
  if (!begun.ok) return begun
  const report = { through: 0, asked: 0, refused: [] as { seq: number; code: string; message: string }[] }
  follow(view, followed.process, sinceMs, {
    admitted(call) {
      const offers = state.drivers.get(id<DriverId>(call.object))?.selectors.has(call.selector) === true
      // What could not be opened shaped no constraint: it can be repeated only where any arguments go.
      if (!offers || call.arguments === null) return
      const repeated = begun.value.repeat(call, call.arguments)
      if (repeated.let === 'through') report.through += 1
      else if (repeated.let === 'ask') report.asked += 1
      else {
        const { code, message } = repeated.refusal
        report.refused.push({ seq: call.seq, code, message })
      }
    },
  })
  return ok(report)
}
