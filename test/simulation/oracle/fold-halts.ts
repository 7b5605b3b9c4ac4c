/**
 * Halts inside a domain, from outside: what an agent or a process had under way ends with its halt, nothing of it
 * happens until an operator resumes it, and only the supervisor says that it was halted. Checks I4, I5 and I10.
 */
import type { EventOf } from '../../../src/kernel/event.ts'
import { condemn } from './fold-authority.ts'
import type { Model } from './model.ts'
import { descends } from './standing-still.ts'
import { demand } from './violation.ts'

type HaltNews = EventOf<'scope.halted' | 'scope.resumed' | 'drill.recorded'>

/** Folds a halt, its report, a resume or a drill. */
export function foldHalt(model: Model, event: HaltNews): void {
  if (event.kind === 'scope.halted') return foldHalted(model, event)
  if (event.kind === 'drill.recorded')
    return demand(event.actor.kind === 'supervisor', 'I5 confinement', 'a drill by somebody else')
  const { scope } = event.body
  const key = keyOf(scope)
  demand(model.halts.delete(key), 'I10 halt', `${key} was resumed and was not halted`)
}

function foldHalted(model: Model, { actor, body, seq }: EventOf<'scope.halted'>): void {
  const key = keyOf(body.scope)
  demand(actor.kind === 'supervisor', 'I5 confinement', `${key} was halted by a ${actor.kind}`)
  const process =
    'agent' in body.scope ? (model.agents.get(body.scope.agent)?.process ?? 0) : body.scope.process
  const isThere =
    'agent' in body.scope
      ? model.agents.has(body.scope.agent)
      : model.processes.get(process)?.killed === false || model.drivers.has(process)
  demand(isThere, 'I7 frame', `${key} was halted and is not there`)
  const known = model.halts.get(key)
  const agent = 'agent' in body.scope ? body.scope.agent : 0
  const calls = [...model.active.values()].filter(
    (call) => call.stage === 'admitted' && descends(model, call.process, process),
  )
  const [told, there] = [body.inFlight.map(Number), calls.map((call) => call.id)]
  demand(
    told.join() === there.join(),
    'I10 halt',
    `event ${seq} tells of ${told.join()} and not of ${there.join()}`,
  )
  demand(
    (body.left ?? []).every((call) => body.inFlight.includes(call)),
    'I7 frame',
    'what left was not there',
  )
  const isReport = known?.requestedAt === Number(body.requestedAt)
  demand(!isReport || calls.length === 0, 'I10 halt', `${key} had calls under way while it was halted`)
  model.halts.set(key, { agent, process, requestedAt: body.requestedAt })
  condemn(model, calls)
}

function keyOf(scope: EventOf<'scope.halted'>['body']['scope']): string {
  return 'agent' in scope ? `agent-${scope.agent}` : `process-${scope.process}`
}
