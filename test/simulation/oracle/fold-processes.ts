/**
 * How processes run, from outside: what an operator froze does nothing until it is thawed, and a timer fires once,
 * not before its time, for the process that set it. Checks I4, I5 and I10.
 */
import type { JsonObject } from '../../../src/base/json.ts'
import type { EventOf } from '../../../src/kernel/event.ts'
import { isHalted } from './standing-still.ts'
import type { Model, ModelProcess } from './model.ts'
import { demand, known } from './violation.ts'

type Timing = EventOf<'timer.set'> | EventOf<'timer.fired'> | EventOf<'timer.cancelled'>
type Governing = EventOf<'process.frozen'> | EventOf<'process.thawed'> | EventOf<'process.weighed'>

/** True while a process, or one that it comes from, is frozen or halted. */
export function isFrozen(model: Model, process: number): boolean {
  if (isHalted(model, process)) return true
  for (let at = model.processes.get(process); at !== undefined; at = model.processes.get(at.parent))
    if (at.frozen) return true
  return false
}

/** An operator froze, thawed or weighed a process. */
export function foldGoverned(model: Model, { kind, body }: Governing): void {
  const process = living(model, body.process)
  if (kind === 'process.weighed') {
    process.share = `${body.weight} ${body.priority}`
    return
  }
  const freezes = kind === 'process.frozen'
  demand(process.frozen !== freezes, 'I7 frame', `p${process.id} is made what it is already`)
  process.frozen = freezes
}

/** A process set or cancelled a timer, or one fired. */
export function foldTimer(model: Model, event: Timing): void {
  const { actor, at, body, kind, seq } = event
  const process = living(model, body.process)
  const byItself = actor.kind === 'process' && actor.id === process.id
  demand(
    byItself || kind === 'timer.fired',
    'I5 confinement',
    `${kind} ${seq} is by another than p${process.id}`,
  )
  if (kind === 'timer.set') {
    demand(
      !isFrozen(model, process.id),
      'I4 live authority',
      `p${process.id} set a timer while it was frozen`,
    )
    process.timers.set(seq, { dueAt: event.body.dueAt, hasFired: false })
    demand(process.timers.size <= 64, 'I7 frame', `p${process.id} has ${process.timers.size} timers`)
    return
  }
  const { timer } = event.body
  const set = known(process.timers.get(timer), 'I7 frame', `timer ${timer} of p${process.id}`)
  if (kind === 'timer.cancelled') {
    process.timers.delete(timer)
    return
  }
  demand(!set.hasFired, 'I13 once', `timer ${timer} fired twice`)
  demand(set.dueAt <= at, 'I7 frame', `timer ${timer} fired before its time`)
  demand(
    !isFrozen(model, process.id),
    'I4 live authority',
    `timer ${timer} fired while p${process.id} was frozen`,
  )
  set.hasFired = true
}

/** Stops unless this is what the process must be told of: a timer of its own, which durably fired. */
export function demandFired(model: Model, process: number, told: JsonObject): void {
  const timer = Number(told['timer'])
  const set = model.events[timer - 1]
  const isOwn = set?.kind === 'timer.set' && Number(set.body.process) === process
  demand(isOwn, 'I6 mediation', `p${process} is told of timer ${timer}, which is not its own`)
  const said = set.body.note === told['note'] && Number(set.body.dueAt) === told['dueAt']
  demand(said, 'I6 mediation', `p${process} is told otherwise of timer ${timer} than it set it`)
  const hasFired = model.events.some(
    (event) => event.kind === 'timer.fired' && Number(event.body.timer) === timer,
  )
  demand(hasFired, 'durability', `p${process} is told of timer ${timer}, which did not fire`)
}

function living(model: Model, process: number): ModelProcess {
  const found = known(model.processes.get(process), 'I1 forest', `p${process}`)
  demand(!found.killed, 'I5 confinement', `p${process} was killed`)
  return found
}
