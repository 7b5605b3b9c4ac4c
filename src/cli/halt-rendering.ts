/** Halts, resumes and drills in words: what was stopped, what was under way, what could not be undone, how long it took. */
import type { EventBodies, EventOf } from '../kernel/event.ts'
import type { HaltEffect, HaltScope } from '../kernel/halt/event-bodies.ts'
import { visible, visibleShort } from './escape.ts'
import type { Names } from './names.ts'
import { showOperator, showProcess } from './names.ts'

type HaltEvent = EventOf<
  'domain.halted' | 'domain.resumed' | 'scope.halted' | 'scope.resumed' | 'drill.recorded'
>

/** What happened, in one sentence, safe to print. */
export function showHaltEvent(event: HaltEvent, names: Names): string {
  switch (event.kind) {
    case 'domain.halted':
      return `halted by ${showRequest(event.body)}${showCalls(event.body)}${showEffect(event.body)}`
    case 'domain.resumed':
      return `resumed by ${showOperator(names, event.body.operator)}`
    case 'scope.halted':
      if (event.cause > 0 && event.body.inFlight.length === 0)
        return `what the halt of ${showScope(event.body.scope, names)} did${showEffect(event.body)}`
      return (
        `${showScope(event.body.scope, names)} was halted by ${showRequest(event.body)}` +
        `${showCalls(event.body)}${showEffect(event.body)}`
      )
    case 'scope.resumed':
      return `${showScope(event.body.scope, names)} was resumed by ${showOperator(names, event.body.operator)}`
    case 'drill.recorded':
      return showDrill(event, names)
  }
}

/** An agent, or a process by its name. */
export function showScope(scope: HaltScope, names: Names): string {
  return 'agent' in scope ? `agent ${scope.agent}` : showProcess(names, scope.process)
}

function showRequest({ requestedBy, reason }: EventBodies['domain.halted']): string {
  return visible(requestedBy) + (reason === '' ? '' : `: ${visibleShort(reason, 300)}`)
}

function showCalls({ inFlight, left }: Pick<EventBodies['scope.halted'], 'inFlight' | 'left'>): string {
  if (inFlight.length === 0) return '; nothing was in flight'
  const undone = left === undefined ? '' : `, of which ${left.join(', ')} had left and cannot be undone`
  return `; in flight: calls ${inFlight.join(', ')}${undone}`
}

function showEffect({ trees, survivors, killMicros, deadMicros }: HaltEffect): string {
  const killed = trees === undefined ? '' : `; ${trees} process trees were killed${showEnd(survivors ?? 0)}`
  const times = [
    ...(killMicros === undefined ? [] : [`the last kill was sent after ${showMs(killMicros)}`]),
    ...(deadMicros === undefined ? [] : [`all were seen to be gone after ${showMs(deadMicros)}`]),
  ]
  return killed + (times.length === 0 ? '' : `; ${times.join(', ')}`)
}

function showEnd(survivors: number): string {
  return survivors === 0 ? ', and none is left' : `, and ${survivors} not seen to end`
}

function showDrill({ body }: EventOf<'drill.recorded'>, names: Names): string {
  const { scope, requestedBy, problems } = body
  const of = scope === null ? 'the domain' : showScope(scope, names)
  const verdict = problems.length === 0 ? 'halting works' : `PROBLEMS: ${problems.map(visible).join('; ')}`
  return `${visible(requestedBy)} tried out halting ${of}: ${verdict}${showEffect(body)}`
}

function showMs(micros: number): string {
  return `${(micros / 1000).toFixed(1)} ms`
}
