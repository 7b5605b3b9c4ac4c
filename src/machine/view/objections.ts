/**
 * Every no that stands between a process and one request, level by level. The gate stops at the first; whoever
 * wants to change something must hear all of them. Each is what a stage of the gate itself says, so nothing
 * here can disagree with it, and nothing here decides anything.
 */
import type { ObjectId } from '../../base/ids.ts'
import { whyRefused } from '../../kernel/capability/arguments.ts'
import { whyUnreservable } from '../../kernel/capability/reserve.ts'
import { chainOf, designated, whyLevelDead } from '../../kernel/capability/tree.ts'
import type { Judge } from '../../kernel/gate/judge.ts'
import type { Passage, PassingRequest } from '../../kernel/gate/passage.ts'
import { passageOf, stages } from '../../kernel/gate/passage.ts'
import type { Refusal } from '../../kernel/refusal.ts'
import { refusal } from '../../kernel/refusal.ts'
import type { Capability, Process, State } from '../../kernel/state.ts'

/** One no: the gate's stage that says it, and the capability of the chain that it is about; 0 when about none. */
export interface Objection {
  readonly stage: string
  readonly capability: number
  readonly code: string
  readonly message: string
  readonly needed: string
}

/** One capability that a process holds for an object, and all that speaks against using it for a request. */
export interface Candidate {
  readonly capability: number
  readonly handle: number
  /** The chain of authority, the capability itself first. */
  readonly chain: readonly number[]
  readonly objections: readonly Objection[]
  /** What a person would have to approve. */
  readonly demands: readonly string[]
}

/** What is asked of the gate: a request, and the object it is for. */
export type AskedRequest = PassingRequest & { readonly object: ObjectId }

/** Every capability that the process holds for the object, with what each stage of the gate says. */
export function candidatesFor(
  state: State,
  process: Process,
  request: AskedRequest,
  judge: Judge,
): readonly Candidate[] {
  const candidates: Candidate[] = []
  for (const handle of process.handles.keys()) {
    const held = designated(state, process, handle)
    const chain = held === null || held.object !== request.object ? null : chainOf(state, held.id)
    if (held === null || chain === null) continue
    const passage = passageOf(state, process, request.object, request, chain, judge)
    // The gate leaves out levels without terms of their own; such a level can still be dead.
    const whole = chainOf(state, held.id)
    candidates.push({
      capability: held.id,
      handle,
      chain: whole.map((level) => level.id),
      objections: objectionsTo(state, passage, whole),
      demands: passage.demands,
    })
  }
  return candidates
}

/** What every stage says, the stage of capabilities for each level by itself. */
function objectionsTo(state: State, passage: Passage, chain: readonly Capability[]): readonly Objection[] {
  return stages.flatMap(([stage, judged]) => {
    const stopped = judged(state, passage)
    if (stopped === null) return []
    const levels =
      stage === 'capability'
        ? chain.flatMap((level) =>
            refusalsOf(state, level, passage).map((why) => objection(stage, level.id, why)),
          )
        : []
    // What no level says by itself, such as a quarantine, is said by the stage.
    return levels.some(({ code }) => code === stopped.code)
      ? levels
      : [...levels, objection(stage, 0, stopped)]
  })
}

/** What one level says, whatever the levels above and below it say. */
function refusalsOf(state: State, level: Capability, passage: Passage): readonly Refusal[] {
  const { at, selector, commitment } = passage
  const { selectors } = level.caveats
  const unlisted =
    selectors === undefined || selectors.includes(selector)
      ? null
      : refusal('selector-not-granted', `It does not list ${selector}.`, `A grant that lists ${selector}.`)
  return [
    whyLevelDead(state, level.id, at),
    unlisted,
    unlisted === null ? whyRefused([level], selector, passage.arguments, commitment) : null,
    whyUnreservable(state, [level], at),
  ].filter((why) => why !== null)
}

function objection(stage: string, capability: number, { code, message, needed }: Refusal): Objection {
  return { stage, capability, code, message, needed }
}
