/** What a finished seed's ledger shows of drivers and of what they asked: counted for `sometimes.ts`. */
import type { Event, EventOf } from '../../src/kernel/event.ts'
import type { Model } from './oracle/model.ts'
import { isQuestion } from './oracle/question.ts'

/** Names of what this event means for a driver or its questions. */
export function aboutDrivers(model: Model, event: Event): readonly string[] {
  switch (event.kind) {
    case 'process.killed':
      return isDriver(model, event.body.process) ? ['driver killed'] : []
    case 'call.held':
      return isQuestion(event.body.selector) ? ['question held'] : []
    case 'call.admitted':
      return isQuestion(event.body.selector) && event.cause === 0 ? ['question in no call'] : []
    case 'call.approved':
      if (!isQuestion(model.calls.get(event.body.call)?.selector ?? '')) return []
      return [
        'question approved',
        ...(event.body.answer === undefined ? [] : ['question answered by an operator']),
      ]
    case 'call.lapsed':
    case 'call.settled':
      return [...byUpdate(model, event), ...endOfQuestion(model, event)]
    default:
      return []
  }
}

function isDriver({ events }: Model, process: number): boolean {
  return events.some((event) => event.kind === 'driver.added' && Number(event.body.process) === process)
}

type End = EventOf<'call.lapsed'> | EventOf<'call.settled'>

function byUpdate({ events }: Model, event: End): readonly string[] {
  if (events[event.cause - 1]?.kind === 'driver.updated') return ['lapsed by an update']
  const isUnsent = event.kind === 'call.settled' && event.body.reason.startsWith('The driver was changed')
  return isUnsent ? ['cancelled by an update'] : []
}

function endOfQuestion({ events, calls }: Model, event: End): readonly string[] {
  const call = calls.get(event.body.call)
  if (call === undefined || !isQuestion(call.selector)) return []
  const before = events.slice(Math.max(0, event.seq - 6), event.seq - 1)
  const isAlong = before.some(
    (each) => each.kind === 'call.settled' && Number(each.body.call) === call.within,
  )
  const how = event.kind === 'call.settled' ? event.body.outcome : event.body.reason
  return [`question: ${how}`, ...(isAlong ? ['question ended with its call'] : [])]
}
