/**
 * `decide(state, command)`: what follows from a command. It only reads the state and returns events, which
 * `evolve` applies; the same state and command always give the same events. There is one decider per kind of
 * command and the set is closed: nothing can be registered.
 */
import { invariant } from '../base/fault.ts'
import { decideDerive, decideProcessRevoke } from './capability/derive.ts'
import { decideMove } from './capability/move.ts'
import type { Command } from './command.ts'
import type { Decision } from './decision.ts'
import { accepted, recorder } from './decision.ts'
import { decideAttach, decideDetach } from './driver/attachment.ts'
import { decideRequest } from './gate/call.ts'
import type { Judge } from './gate/judge.ts'
import { decideRecheck } from './gate/recheck.ts'
import { decideCancel, decideSettle, decideTick } from './gate/settle.ts'
import { decideBoot, decideCreate } from './halt/boot.ts'
import { decideDrill, decideScopeHalt } from './halt/scope.ts'
import { refuseSyscall } from './process/refuse.ts'
import { decideTimerCancel, decideTimerSet } from './process/timer.ts'
import { decideEnd, decideSpawn } from './process/spawn.ts'
import { refusal } from './refusal.ts'
import { decideAccept, decideAcknowledge, decideIssue } from './sovereign/domains.ts'
import { decideOrder } from './sovereign/order.ts'
import type { State } from './state.ts'

/** Decides one command. Faults when ledger time would run backwards or the domain does not exist yet. */
export function decide(state: State, command: Command, judge: Judge): Decision {
  invariant(command.at >= state.at, 'ledger time never runs backwards')
  invariant(state.domain !== null || command.kind === 'domain.create', 'a domain exists before anything else')
  switch (command.kind) {
    case 'domain.create':
      return decideCreate(state, command)
    case 'kernel.boot':
      return decideBoot(state, command)
    case 'order':
      return decideOrder(state, command)
    case 'driver.attach':
      return decideAttach(state, command)
    case 'driver.detach':
      return decideDetach(state, command)
    case 'call.request':
      return decideRequest(state, command, judge)
    case 'call.cancel':
      return decideCancel(state, command)
    case 'call.recheck':
      return decideRecheck(state, command.call, command.at)
    case 'call.settle':
      return decideSettle(state, command)
    case 'capability.derive':
      return decideDerive(state, command)
    case 'capability.revoke':
      return decideProcessRevoke(state, command)
    case 'capability.move':
      return decideMove(state, command)
    case 'process.spawn':
      return decideSpawn(state, command)
    case 'process.end':
      return decideEnd(state, command)
    case 'timer.set':
      return decideTimerSet(state, command)
    case 'timer.cancel':
      return decideTimerCancel(state, command)
    case 'syscall.refuse':
      return refuseUnparsed(state, command)
    case 'refusals.flush':
      return recordCounts(state, command)
    case 'statement.issue':
      return decideIssue(state, command)
    case 'statement.accept':
      return decideAccept(state, command)
    case 'domain.acknowledge':
      return decideAcknowledge(state, command)
    case 'scope.halt':
      return decideScopeHalt(state, command)
    case 'drill.record':
      return decideDrill(state, command)
    case 'clock.tick':
      return decideTick(state, command)
  }
}

function refuseUnparsed(state: State, command: Extract<Command, { kind: 'syscall.refuse' }>): Decision {
  const { at, process, selector, code, message, needed } = command
  return refuseSyscall(state, at, { process, object: 0, selector }, refusal(code, message, needed))
}

function recordCounts(state: State, command: Extract<Command, { kind: 'refusals.flush' }>): Decision {
  const { at, process, since, counts } = command
  const recorded = recorder(state, at)
  recorded.record(
    'refusals.aggregated',
    { process, since, counts },
    { actor: { kind: 'process', id: process } },
  )
  return accepted(recorded)
}
