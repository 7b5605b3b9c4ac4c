/**
 * `decide(state, command)`: what follows from a command. It only reads the state and returns events, which
 * `evolve` applies; the same state and command always give the same events. There is one decider per kind of
 * command and the set is closed: nothing can be registered.
 */
import { invariant } from '../base/fault.ts'
import { decideDerive, decideProcessRevoke } from './capability/derive.ts'
import { decideMove } from './capability/move.ts'
import type { Command, CommandKind } from './command.ts'
import type { Decision } from './decision.ts'
import { byProcess, recording } from './decision.ts'
import { decideAttach, decideDetach } from './driver/attachment.ts'
import { decideRequest } from './gate/call.ts'
import type { Judge } from './gate/judge.ts'
import { decideRecheck } from './gate/recheck.ts'
import { decideCancel, decideSettle, decideTick } from './gate/settle.ts'
import { decideBoot, decideCreate } from './halt/boot.ts'
import { decideDrill, decideScopeHalt } from './halt/scope.ts'
import { decideErased, decideReading } from './privacy/record-privacy.ts'
import { refuseSyscall } from './process/refuse.ts'
import { decideTimerCancel, decideTimerSet } from './process/timer.ts'
import { decideEnd, decideSpawn } from './process/spawn.ts'
import { decideGuard, decideRecovery } from './recovery/guard.ts'
import { refusal } from './refusal.ts'
import { decideAccept, decideAcknowledge, decideIssue } from './sovereign/domains.ts'
import { decideOrder } from './sovereign/order.ts'
import type { State } from './state.ts'

type Decider<K extends CommandKind> = (
  state: State,
  command: Extract<Command, { kind: K }>,
  judge: Judge,
) => Decision

const deciders: { readonly [K in CommandKind]: Decider<K> } = Object.freeze({
  'domain.create': decideCreate,
  'kernel.boot': decideBoot,
  order: decideOrder,
  'driver.attach': decideAttach,
  'driver.detach': decideDetach,
  'call.request': decideRequest,
  'call.cancel': decideCancel,
  'call.recheck': decideRecheck,
  'call.settle': decideSettle,
  'capability.derive': decideDerive,
  'capability.revoke': decideProcessRevoke,
  'capability.move': decideMove,
  'process.spawn': decideSpawn,
  'process.end': decideEnd,
  'timer.set': decideTimerSet,
  'timer.cancel': decideTimerCancel,
  'syscall.refuse': refuseUnparsed,
  'refusals.flush': recordCounts,
  'statement.issue': decideIssue,
  'statement.accept': decideAccept,
  'domain.acknowledge': decideAcknowledge,
  'scope.halt': decideScopeHalt,
  'drill.record': decideDrill,
  'payload.read': decideReading,
  'erasure.complete': decideErased,
  'ledger.recover': decideRecovery,
  'ledger.guard': decideGuard,
  'clock.tick': decideTick,
})

/** Decides one command. Faults when ledger time would run backwards or the domain does not exist yet. */
export function decide(state: State, command: Command, judge: Judge): Decision {
  invariant(command.at >= state.at, 'ledger time never runs backwards')
  invariant(state.domain !== null || command.kind === 'domain.create', 'a domain exists before anything else')
  const decider = deciders[command.kind] as Decider<CommandKind>
  return decider(state, command, judge)
}

function refuseUnparsed(state: State, command: Extract<Command, { kind: 'syscall.refuse' }>): Decision {
  const { at, process, selector, code, message, needed } = command
  return refuseSyscall(state, at, { process, object: 0, selector }, refusal(code, message, needed))
}

function recordCounts(state: State, command: Extract<Command, { kind: 'refusals.flush' }>): Decision {
  const { at, process, since, counts } = command
  return recording(state, at, 'refusals.aggregated', { process, since, counts }, byProcess(process))
}
