/**
 * The independent fold: takes the durable events one by one and stops at the first that could not have
 * happened in a system that keeps its promises.
 */
import type { ProcessId } from '../../../src/base/ids.ts'
import { id } from '../../../src/base/ids.ts'
import type { Event, EventKind, EventOf, SignedOrder } from '../../../src/kernel/event.ts'
import {
  condemn,
  foldDerived,
  foldEnded,
  foldGranted,
  foldKilled,
  foldRevoked,
  foldSpawned,
} from './fold-authority.ts'
import {
  foldAdmitted,
  foldApproved,
  foldCollected,
  foldDenied,
  foldHeld,
  foldLapsed,
  foldSeconded,
  foldSettled,
} from './fold-calls.ts'
import { demandLifetime, foldAmended, foldFounded } from './fold-canon.ts'
import { foldMoved, foldNarrowed } from './fold-changes.ts'
import { demandOrder } from './fold-orders.ts'
import { demandStanding, foldSovereign } from './fold-sovereign.ts'
import { foldHalt } from './fold-halts.ts'
import { foldGoverned, foldTimer } from './fold-processes.ts'
import type { Model, ModelCall } from './model.ts'
import { newcomer } from './model.ts'
import { isQuestion } from './question.ts'
import { whyUnfounded } from './refusal-reason.ts'
import { demand, known } from './violation.ts'
import type { Witness } from './witness.ts'

/** What may be recorded between a halt and the resume: nothing that adds authority or has an effect. */
const heardWhileHalted: ReadonlySet<EventKind> = new Set<EventKind>([
  'kernel.booted',
  'driver.removed',
  'driver.detached',
  'agent.removed',
  'process.killed',
  'process.ended',
  'process.frozen',
  'timer.cancelled',
  'capability.revoked',
  'capability.narrowed',
  'syscall.refused',
  'call.denied',
  'call.lapsed',
  'call.settled',
  'refusals.aggregated',
  'order.refused',
  'order.proposed',
  'order.confirmed',
  'order.declined',
  'operator.revoked',
  'domain.frozen',
  'domain.removed',
  'domain.acknowledged',
  'statement.issued',
  'statement.accepted',
  'canon.acknowledged',
  'code.accepted',
  'domain.resumed',
  'scope.halted',
  'scope.resumed',
  'drill.recorded',
  'ledger.recovered',
  'ledger.guarded',
])

/** Folds one event into the model, or throws a Violation. */
export function fold(model: Model, witness: Witness, event: Event): void {
  const last = model.events.at(-1)
  demand(
    event.seq === model.events.length + 1,
    'I9 replay',
    `event ${event.seq} follows ${model.events.length}`,
  )
  demand(event.at >= (last?.at ?? 0), 'I9 replay', `time runs backwards at event ${event.seq}`)
  demand(
    !model.halted || heardWhileHalted.has(event.kind),
    'I10 halt',
    `${event.kind} by ${event.actor.kind} ${event.actor.id} while everything was halted (event ${event.seq})`,
  )
  const ends = event.kind === 'call.settled' || event.kind === 'call.lapsed' || event.kind === 'domain.halted'
  demand(
    model.condemned.size === 0 || ends,
    'I3 revocation',
    `calls ${[...model.condemned].join(',')} outlived their end`,
  )
  demand(
    model.orphans.size === 0 || ends || event.kind === 'kernel.booted',
    'I3 revocation',
    `questions ${[...model.orphans].join(',')} outlived the call they were asked in`,
  )
  demandStanding(model, event)
  if ('signed' in event.body && event.body.signed !== null && event.body.signed !== undefined)
    demandOrder(model, witness, event as Event & { readonly body: { readonly signed: SignedOrder } })
  apply(model, witness, event)
  model.events.push(event)
}

function apply(model: Model, witness: Witness, event: Event): void {
  switch (event.kind) {
    case 'domain.created':
      foldFounded(model, event)
      model.realm.name = event.body.name
      model.realm.role = event.body.role ?? ''
      return
    case 'kernel.booted':
      return foldBooted(model, event)
    case 'canon.amended':
    case 'canon.acknowledged':
      return foldAmended(model, event)
    case 'operator.enrolled':
    case 'operator.rotated':
    case 'operator.revoked':
    case 'order.proposed':
    case 'order.confirmed':
    case 'order.declined':
    case 'domain.registered':
    case 'domain.frozen':
    case 'domain.unfrozen':
    case 'domain.removed':
    case 'domain.acknowledged':
    case 'statement.issued':
    case 'statement.accepted':
      return foldSovereign(model, witness, event)
    case 'driver.added': {
      const { driver, manifest } = event.body
      nextObject(model, driver)
      const selectors = new Map(manifest.selectors.map((pinned) => [pinned.selector, pinned]))
      const declared = new Set<string>(manifest.program.client)
      model.drivers.set(driver, { id: driver, selectors, declared, attached: 0, quarantined: new Set() })
      const own = event.body.process ?? null
      demand(
        own === null || own === id<ProcessId>(driver),
        'I1 forest',
        `driver o${driver} has another’s process`,
      )
      if (own !== null) model.processes.set(own, newcomer(own))
      return
    }
    case 'driver.updated':
      return foldUpdated(model, event)
    case 'driver.removed':
      condemn(
        model,
        [...model.active.values()].filter((call) => call.object === Number(event.body.driver)),
      )
      model.drivers.delete(event.body.driver)
      if (model.processes.has(event.body.driver)) foldKilled(model, event.body.driver)
      return
    case 'driver.attached':
      return foldAttached(model, event)
    case 'driver.detached': {
      const driver = known(model.drivers.get(event.body.driver), 'I1 forest', `driver o${event.body.driver}`)
      driver.attached = 0
      const lost = [...model.active.values()].filter(
        (call) => call.object === driver.id && (call.stage === 'admitted' || isQuestion(call.selector)),
      )
      return condemn(model, lost)
    }
    case 'agent.added': {
      const { agent, process, name } = event.body
      nextObject(model, agent)
      nextObject(model, process)
      model.agents.set(agent, { process, name })
      model.processes.set(process, newcomer(process))
      return
    }
    case 'agent.removed':
      known(model.agents.get(event.body.agent), 'I1 forest', `agent o${event.body.agent}`)
      model.agents.delete(event.body.agent)
      return foldKilled(model, event.body.process)
    case 'process.killed':
      return foldKilled(model, event.body.process)
    case 'process.spawned':
      nextObject(model, event.body.process)
      return foldSpawned(model, event)
    case 'process.ended':
      return foldEnded(model, event)
    case 'process.frozen':
    case 'process.thawed':
    case 'process.weighed':
      return foldGoverned(model, event)
    case 'timer.set':
    case 'timer.fired':
    case 'timer.cancelled':
      return foldTimer(model, event)
    case 'capability.granted':
      demandLifetime(model, event)
      return foldGranted(model, event)
    case 'capability.derived':
      return foldDerived(model, event)
    case 'capability.revoked':
      return foldRevoked(model, event)
    case 'capability.moved':
      return foldMoved(model, event)
    case 'capability.narrowed':
      return foldNarrowed(model, witness, event)
    case 'syscall.refused': {
      const unfounded = whyUnfounded(model, witness, event)
      demand(unfounded === null, 'I7 frame', `event ${event.seq} refuses without reason: ${unfounded}`)
      if (event.body.collects !== 0) foldCollected(model, event.body.collects, event.body.process)
      return
    }
    case 'call.held':
      return foldHeld(model, witness, event)
    case 'call.seconded':
      return foldSeconded(model, event)
    case 'call.approved':
      return foldApproved(model, witness, event)
    case 'call.denied':
      return foldDenied(model, event)
    case 'call.lapsed':
      return foldLapsed(model, event)
    case 'call.admitted':
      return foldAdmitted(model, witness, event)
    case 'call.settled':
      return foldSettled(model, witness, event)
    case 'domain.halted':
      model.halted = true
      return
    case 'domain.resumed':
      demand(model.halted, 'I10 halt', 'a resume of what was not halted')
      model.halted = false
      return
    case 'scope.halted':
    case 'scope.resumed':
    case 'drill.recorded':
      return foldHalt(model, event)
    case 'refusals.aggregated':
    case 'ledger.recovered':
    case 'ledger.guarded':
    case 'order.refused':
    case 'code.accepted':
  }
}

/** Whatever was in flight when the last kernel died is in doubt before anything else happens. */
function foldBooted(model: Model, event: EventOf<'kernel.booted'>): void {
  demand(event.body.boot === model.boots + 1, 'I9 replay', `boot ${event.body.boot} follows ${model.boots}`)
  model.boots = event.body.boot
  for (const driver of model.drivers.values()) driver.attached = 0
  condemn(
    model,
    [...model.active.values()].filter((call) => call.stage === 'admitted' || isQuestion(call.selector)),
  )
}

/**
 * A driver's manifest was replaced. Until it attaches anew nothing of it may be called, and what waits for a
 * decision about something that is no longer what was shown waits for nothing.
 */
function foldUpdated(model: Model, { body }: EventOf<'driver.updated'>): void {
  const { manifest } = body
  const driver = known(model.drivers.get(body.driver), 'I1 forest', `driver o${body.driver}`)
  const before = driver.selectors
  driver.selectors = new Map(manifest.selectors.map((pinned) => [pinned.selector, pinned]))
  driver.declared = new Set(manifest.program.client)
  driver.quarantined = new Set(driver.selectors.keys())
  const isSame = ({ selector }: ModelCall): boolean => {
    if (isQuestion(selector)) return driver.declared.has(selector)
    const [then, now] = [before.get(selector), driver.selectors.get(selector)]
    return now?.digest === then?.digest && now?.effect === then?.effect
  }
  condemn(
    model,
    [...model.active.values()].filter(
      (call) => call.object === driver.id && call.stage !== 'admitted' && !isSame(call),
    ),
  )
}

function foldAttached(model: Model, event: EventOf<'driver.attached'>): void {
  const driver = known(model.drivers.get(event.body.driver), 'I1 forest', `driver o${event.body.driver}`)
  demand(driver.attached === 0, 'I6 mediation', `driver o${driver.id} is attached twice`)
  driver.attached = event.body.incarnation
  driver.quarantined = new Set(event.body.quarantined)
}

function nextObject(model: Model, object: number): void {
  demand(object === model.lastObject + 1, 'I1 forest', `object o${object} is not the next one`)
  model.lastObject = object
}
