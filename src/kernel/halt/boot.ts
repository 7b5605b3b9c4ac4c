/**
 * Birth and boot. The first command makes the domain and enrols its first operator; every start after that
 * is recorded, and settles in doubt what was in flight when the last one ended. A halt is carried out by the
 * supervisor without asking; the next boot finds its file and records it here.
 */
import { invariant } from '../../base/fault.ts'
import type { OperatorId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Command } from '../command.ts'
import type { Decision } from '../decision.ts'
import { accepted, bySupervisor, recorder, unrecorded } from '../decision.ts'
import { doubt, idsOf, inFlight } from '../gate/settle.ts'
import { isReverse } from '../manifest.ts'
import { effectOf, isToBeHalted, recordHalt } from './scope.ts'
import { refusal } from '../refusal.ts'
import type { State } from '../state.ts'

type Create = Extract<Command, { kind: 'domain.create' }>
type Boot = Extract<Command, { kind: 'kernel.boot' }>

/** The share of a domain that nobody has given another one. */
const ordinaryWeight = 100

/** Makes the domain. Refused unless the ledger is empty. */
export function decideCreate(state: State, command: Create): Decision {
  if (state.domain !== null)
    return unrecorded(refusal('bad-request', 'The domain exists.', 'An empty ledger.'))
  const { kind: _, at, operatorName, operatorKey, domains = [], ...domain } = command
  const { role, sovereign } = domain
  const isMember = role === 'member'
  invariant(isMember === (sovereign !== undefined), 'a member, and nobody else, has a sovereign')
  invariant(isMember === (operatorName === undefined), 'a member begins with no operator')
  const recorded = recorder(state, at)
  const cause = recorded.record('domain.created', domain)
  if (operatorName !== undefined && operatorKey !== undefined) {
    const operator = id<OperatorId>(state.nextObject)
    const person = { operator, name: operatorName, publicKey: operatorKey }
    recorded.record('operator.enrolled', { ...person, level: 'sovereign' }, { cause })
  }
  for (const member of domains)
    recorded.record('domain.registered', { name: member, weight: ordinaryWeight, signed: null }, { cause })
  return accepted(recorded)
}

/** Records a start of the kernel. */
export function decideBoot(state: State, command: Boot): Decision {
  const { kind: _, at, halt, halts = [], ...booted } = command
  const recorded = recorder(state, at)
  const cause = recorded.record('kernel.booted', { ...booted, boot: state.boot + 1, rules: 2 })
  const calls = inFlight(state)
  doubt(state, recorded, calls, cause, 'the kernel stopped while the call was in flight')
  // What a driver asked in a call that is in doubt now waits for nobody.
  for (const call of state.calls.values()) {
    if (call.stage === 'admitted' || !isReverse(call.selector)) continue
    recorded.record('call.lapsed', { call: call.id, reason: 'withdrawn' }, { cause })
  }
  if (halt !== null && state.halted === null && !wasResumed(state, halt)) {
    const { requestedAt, requestedBy, reason } = halt
    const body = { requestedAt, requestedBy, reason, inFlight: idsOf(calls), ...effectOf(halt) }
    recorded.record('domain.halted', body, { ...bySupervisor, cause })
  }
  // What was in flight in them is in doubt already, with everything else.
  for (const each of halts) if (isToBeHalted(state, each)) recordHalt(recorded, each, { cause })
  return accepted(recorded)
}

/** True for the file of a halt that was resumed and whose removal a crash prevented. Any other is a new halt. */
function wasResumed({ resumed }: State, halt: NonNullable<Boot['halt']>): boolean {
  if (resumed === null) return false
  return (['requestedAt', 'requestedBy', 'reason'] as const).every((name) => resumed[name] === halt[name])
}
