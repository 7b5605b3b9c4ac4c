/**
 * The policy stage's port. A judge is a deterministic function of the request; its verdict is recorded in
 * the event, so replay never judges again. Until policies can be written, one built-in judge applies.
 */
import type { ObjectId, ProcessId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { EffectClass } from '../effect.ts'
import type { Verdict } from '../event.ts'

/** What a judge sees of a request. */
export interface JudgedRequest {
  readonly process: ProcessId
  readonly object: ObjectId
  readonly selector: string
  readonly effect: EffectClass
  readonly arguments: JsonObject
}

/** Judges one request. Must be deterministic, total and free of side effects. */
export interface Judge {
  readonly version: string
  judge(request: JudgedRequest): Verdict
}

const allowed: Verdict = Object.freeze({ effect: 'allow', version: 'builtin-1', reasons: Object.freeze([]) })
const asked: Verdict = Object.freeze({
  effect: 'ask',
  version: 'builtin-1',
  reasons: Object.freeze(['spending is always approved by a person']),
})

/** Asks a person before anything is spent; otherwise leaves the decision to the capabilities. */
export const builtinJudge: Judge = {
  version: 'builtin-1',
  judge: ({ effect }) => (effect === 'spend' ? asked : allowed),
}
