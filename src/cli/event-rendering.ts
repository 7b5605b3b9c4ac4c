/**
 * Every kind of event in one line of words. The switch is exhaustive: a new kind of event does not compile
 * until it can be told to people. Text that came from outside is escaped here.
 */
import { unreachable } from '../base/fault.ts'
import type { BoundaryReport } from '../kernel/boundary-report.ts'
import type { CallDescription, Event } from '../kernel/event.ts'
import type { DriverProgram } from '../kernel/manifest.ts'
import { isReverse } from '../kernel/manifest.ts'
import { showCapabilityEvent } from './capability-event-rendering.ts'
import { showInstant } from './duration.ts'
import { showCanonEvent } from './canon-rendering.ts'
import { visible, visibleShort } from './escape.ts'
import { showHaltEvent } from './halt-rendering.ts'
import type { Names } from './names.ts'
import { showObject, showOperator, showProcess } from './names.ts'
import { showPrivacyEvent } from './privacy-rendering.ts'
import { showRecoveryEvent } from './recovery-rendering.ts'
import { showSovereignEvent } from './sovereign-rendering.ts'
import { showScheduling } from './scheduling-rendering.ts'

/** `seq  time  kind  what happened`, safe to print. */
export function showEventLine(event: Event, names: Names): string {
  return `${String(event.seq).padStart(6)}  ${showInstant(event.at)}  ${event.kind.padEnd(18)}  ${showEvent(event, names)}`
}

/** What happened, in one sentence without its time. */
export function showEvent(event: Event, names: Names): string {
  switch (event.kind) {
    case 'domain.created':
    case 'kernel.booted':
    case 'operator.enrolled':
    case 'order.refused':
      return showDomainEvent(event, names)
    case 'domain.halted':
    case 'domain.resumed':
    case 'scope.halted':
    case 'scope.resumed':
    case 'drill.recorded':
      return showHaltEvent(event, names)
    case 'driver.added':
    case 'driver.updated':
    case 'driver.removed':
    case 'driver.attached':
    case 'driver.detached':
      return showDriverEvent(event, names)
    case 'agent.added':
      return `agent ${visible(event.body.name)} is agent ${event.body.agent}, process ${event.body.process}`
    case 'agent.removed':
      return `agent ${event.body.agent} was removed`
    case 'process.spawned':
      return (
        `${showProcess(names, event.body.parent)} made process ${event.body.process}, ` +
        `${visible(event.body.name)}${because(event.body.boundary)}`
      )
    case 'process.ended':
      return `${showProcess(names, event.body.process)} ended${because(event.body.reason)}`
    case 'process.killed':
      return `${showProcess(names, event.body.process)} was killed${because(event.body.reason)}`
    case 'process.frozen':
    case 'process.thawed':
    case 'process.weighed':
    case 'timer.set':
    case 'timer.fired':
    case 'timer.cancelled':
      return showScheduling(event, names)
    case 'capability.granted':
    case 'capability.derived':
    case 'capability.moved':
    case 'capability.narrowed':
    case 'capability.revoked':
      return showCapabilityEvent(event, names)
    case 'syscall.refused':
      return (
        `${showProcess(names, event.body.process)} was refused ${showSelector(event.body, names)}: ` +
        `${event.body.code}: ${visible(event.body.message)}${showTrace(event.body)}`
      )
    case 'refusals.aggregated':
      return `${showProcess(names, event.body.process)} was refused more, counted only: ${showCounts(event.body.counts)}`
    case 'call.held':
    case 'call.seconded':
    case 'call.approved':
    case 'call.denied':
    case 'call.lapsed':
    case 'call.admitted':
    case 'call.settled':
      return showCallEvent(event, names)
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
      return showSovereignEvent(event, names)
    case 'ledger.recovered':
    case 'ledger.guarded':
      return showRecoveryEvent(event)
    case 'subject.added':
    case 'subject.erased':
    case 'erasure.completed':
    case 'hold.placed':
    case 'hold.released':
    case 'payload.read':
    case 'escrow.created':
      return showPrivacyEvent(event)
    case 'canon.amended':
    case 'canon.acknowledged':
    case 'code.accepted':
      return showCanonEvent(event)
    default:
      return unreachable(event)
  }
}

type EventAmong<K extends Event['kind']> = Extract<Event, { readonly kind: K }>

function showDomainEvent(
  event: EventAmong<'domain.created' | 'kernel.booted' | 'operator.enrolled' | 'order.refused'>,
  names: Names,
): string {
  switch (event.kind) {
    case 'domain.created':
      return `domain ${visible(event.body.name)} begins; canon ${event.body.canonVersion}, policy ${visible(event.body.policyVersion)}`
    case 'kernel.booted':
      return `the kernel booted for the ${ordinal(event.body.boot)} time${showRung(event.body.boundary)}`
    case 'operator.enrolled':
      return `operator ${visible(event.body.name)} (${event.body.level}) was enrolled with key ${visible(event.body.publicKey)}`
    case 'order.refused':
      return (
        `an order (${visible(event.body.action)}) of ${showOperator(names, event.body.operator)} was refused: ` +
        `${event.body.code}: ${visible(event.body.message)}`
      )
    default:
      return unreachable(event)
  }
}

function showDriverEvent(
  event: EventAmong<
    'driver.added' | 'driver.updated' | 'driver.removed' | 'driver.attached' | 'driver.detached'
  >,
  names: Names,
): string {
  switch (event.kind) {
    case 'driver.added':
      return (
        `driver ${visible(event.body.name)} is driver ${event.body.driver}, ` +
        `with ${event.body.manifest.selectors.length} pinned selectors${showDeclared(event.body.manifest.program)}`
      )
    case 'driver.updated':
      return (
        `${showObject(names, event.body.driver)} (driver ${event.body.driver}) was updated, ` +
        `with ${event.body.manifest.selectors.length} pinned selectors${showDeclared(event.body.manifest.program)}`
      )
    case 'driver.removed':
      return `driver ${event.body.driver} was removed`
    case 'driver.attached':
      return (
        `driver ${event.body.driver} attached, incarnation ${event.body.incarnation}` +
        (event.body.quarantined.length === 0
          ? ''
          : `; changed since pinned and quarantined: ${event.body.quarantined.map(visible).join(', ')}`) +
        (event.body.boundary === undefined ? '' : `; held by ${visible(event.body.boundary)}`)
      )
    case 'driver.detached':
      return `driver ${event.body.driver} detached, incarnation ${event.body.incarnation}${because(event.body.reason)}`
    default:
      return unreachable(event)
  }
}

function showRung(boundary: BoundaryReport | undefined): string {
  return boundary === undefined ? '' : `; programs are held by ${visible(boundary.rung)}`
}

/** What the driver is told that its clients can do; nothing of it is granted by that. */
function showDeclared({ client = [] }: DriverProgram): string {
  return client.length === 0 ? '' : `; is told of ${client.join(', ')}`
}

function showCallEvent(
  event: EventAmong<
    | 'call.held'
    | 'call.seconded'
    | 'call.approved'
    | 'call.denied'
    | 'call.lapsed'
    | 'call.admitted'
    | 'call.settled'
  >,
  names: Names,
): string {
  const call = `call ${event.body.call}`
  switch (event.kind) {
    case 'call.held':
      return `${call}: ${showRequest(event.body, names)} is held: ${event.body.demands.map(visible).join('; ')}`
    case 'call.admitted':
      return `${call}: ${showRequest(event.body, names)} is admitted under c${event.body.capability}`
    case 'call.seconded':
      return (
        `${call} was approved by ${showOperator(names, event.body.operator)}${comment(event.body.comment)}; ` +
        `${event.body.missing} more must`
      )
    case 'call.approved':
      return (
        `${call} was approved by ${showOperator(names, event.body.operator)}${comment(event.body.comment)}` +
        (event.body.answer === undefined ? '' : ' and answered')
      )
    case 'call.denied':
      return `${call} was denied by ${showOperator(names, event.body.operator)}${comment(event.body.comment)}`
    case 'call.lapsed':
      return `${call} lapsed: ${event.body.reason}`
    case 'call.settled':
      return `${call} ended: ${event.body.outcome}${because(event.body.reason)}${event.body.released ? ' (nothing was dispatched)' : ''}`
    default:
      return unreachable(event)
  }
}

function showRequest(body: CallDescription, names: Names): string {
  const asked = `${visible(body.selector)} (${body.effect})`
  const by = showProcess(names, body.process)
  return isReverse(body.selector)
    ? `${by} asks its client for ${asked}${showTrace(body)}`
    : `${by} ${asked} on ${showObject(names, body.object)}${showTrace(body)}`
}

function showSelector(
  { selector, object }: { readonly selector: string; readonly object: number },
  names: Names,
): string {
  return isReverse(selector)
    ? `${visible(selector)}, asked of its client`
    : `${visible(selector)} on ${showObject(names, object)}`
}

function showTrace({ trace }: { readonly trace?: string }): string {
  return trace === undefined ? '' : ` [trace ${visible(trace)}]`
}

function because(reason: string): string {
  return reason === '' ? '' : `: ${visibleShort(reason, 300)}`
}

function comment(text: string): string {
  return text === '' ? '' : `: “${visibleShort(text, 300)}”`
}

function showCounts(counts: { readonly [code: string]: number }): string {
  return Object.entries(counts)
    .map(([code, count]) => `${count} ${visible(code)}`)
    .join(', ')
}

function ordinal(count: number): string {
  const tail = count % 100 >= 11 && count % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][count % 10] ?? 'th')
  return `${count}${tail}`
}
