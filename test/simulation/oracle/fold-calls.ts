/**
 * How calls may move. Every request that was admitted is judged again here, from the words of the semantics;
 * every one that is held, approved, denied, settled or lapsed must have been in a stage from which that can
 * happen. Checks I4, I6 and I13.
 */
import { id } from '../../../src/base/ids.ts'
import type { Json } from '../../../src/base/json.ts'
import type { CallDescription, EventOf } from '../../../src/kernel/event.ts'
import type { Caveats } from '../../../src/kernel/capability/terms.ts'
import { charge, payerOf, refund } from './budget.ts'
import { plant } from './fold-authority.ts'
import { isFrozen } from './fold-processes.ts'
import { callAround, demandAnswered, demandAround, demandNoAuthority, whenAsked } from './fold-questions.ts'
import { isNever } from './fold-canon.ts'
import type { Model, ModelCall, Node } from './model.ts'
import { allTerms, death, grants, groundOf, lineage } from './model.ts'
import { effectOfAsking, isQuestion } from './question.ts'
import { demandInside, demandQuorum } from './quorum.ts'
import { giveBack, take } from './uses.ts'
import { demand, known } from './violation.ts'
import type { SentCall, Witness } from './witness.ts'

/** A request waits for a person. Nothing of it may have left. */
export function foldHeld(model: Model, witness: Witness, event: EventOf<'call.held'>): void {
  const { call, capability, approvalDigest, demands } = event.body
  const node = known(model.nodes.get(capability), 'I6 mediation', `c${capability}`)
  demand(demands.length > 0, 'I6 mediation', `k${call} is held and nobody demands it`)
  demand(event.payload !== null, 'I6 mediation', `k${call} is held without arguments`)
  const { commitment } = event.payload
  const within = callAround(model, event)
  const joined = joinedIn(model, event)
  judge(model, witness, event, { node, commitment, within, joined })
  const call_ = begin(model, event, { node, joined, commitment, within, approvalDigest, stage: 'held' })
  take(groundOf(call_), event.at)
  charge(model, call_)
}

/** One of several approvals. */
export function foldSeconded(model: Model, { body, actor }: EventOf<'call.seconded'>): void {
  const call = active(model, body.call, ['held'])
  demandAnother(call, actor.id)
  call.approvedBy.add(actor.id)
  demand(approvalsMissing(model, call) > 0, 'I6 mediation', `k${call.id} waits for more than was asked`)
}

function demandAnother(call: ModelCall, operator: number): void {
  demand(!call.approvedBy.has(operator), 'I6 mediation', `k${call.id} was approved twice by o${operator}`)
}

function approvalsMissing(model: Model, call: ModelCall): number {
  const asked = [call.node, ...call.joined].flatMap(allTerms).map(({ approvals }) => approvals ?? 1)
  // Whoever was revoked, or lost a key, since approving does not count.
  const { people } = model.realm
  const given = [...call.approvedBy].filter((operator) => people.get(operator)?.status === 'active').length
  return Math.max(1, ...asked) - given
}

/** An operator said yes: one capability, below that of the held call, for that call alone. */
export function foldApproved(model: Model, witness: Witness, event: EventOf<'call.approved'>): void {
  const { answer } = event.body
  const call = active(model, event.body.call, ['held'])
  demandAnother(call, event.actor.id)
  call.approvedBy.add(event.actor.id)
  demand(approvalsMissing(model, call) <= 0, 'I6 mediation', `k${call.id} was approved by too few`)
  if (answer !== undefined) {
    const said = witness.operatorSaid.get(answer)
    demand(
      event.payload !== null && said === event.payload.commitment,
      'I6 mediation',
      `k${call.id} brings an answer that no operator gave`,
    )
    call.operatorSaid = witness.textOf(event.payload)
  }
  const dead = death(model, call.node, event.at)
  demand(
    dead === null,
    'I4 live authority',
    `k${call.id} was approved under c${call.node.id}, which is ${dead}`,
  )
  call.node = plant(model, {
    capability: event.body.capability,
    parent: call.node,
    holder: call.process,
    handle: 0,
    object: call.object,
    origin: call.node.origin,
    caveats: { selectors: [call.selector], uses: 1, derivable: false, expiresAt: id(call.dueAt) },
    commitment: call.commitment,
  })
  call.stage = 'approved'
}

/** An operator said no. What the call had reserved is free again. */
export function foldDenied(model: Model, event: EventOf<'call.denied'>): void {
  const call = active(model, event.body.call, ['held'])
  abandonReservation(call)
  call.stage = 'denied'
  if (event.body.collected) finish(model, call)
}

/** A waiting call ended undecided or uncollected. */
export function foldLapsed(model: Model, event: EventOf<'call.lapsed'>): void {
  const call = active(model, event.body.call, ['held', 'approved', 'denied'])
  abandonReservation(call)
  finish(model, call)
}

/** A refusal delivered a denial. */
export function foldCollected(model: Model, call: number, process: number): void {
  const denied = active(model, call, ['denied'])
  demand(denied.process === process, 'I6 mediation', `p${process} collected k${call} of p${denied.process}`)
  finish(model, denied)
}

function abandonReservation(call: ModelCall): void {
  if (call.stage === 'denied') return
  giveBack(groundOf(call).slice(call.stage === 'approved' ? 1 : 0), call.reservedAt)
  refund(call)
}

/** The intent. From here on the call may have an effect. */
export function foldAdmitted(model: Model, witness: Witness, event: EventOf<'call.admitted'>): void {
  const { call: callId, capability, verdict } = event.body
  const node = known(model.nodes.get(capability), 'I6 mediation', `c${capability}`)
  const waiting = model.calls.get(callId)
  demand(verdict.effect !== 'deny', 'I6 mediation', `k${callId} was admitted against policy`)
  if (waiting === undefined) {
    demand(event.payload !== null, 'I6 mediation', `k${callId} was admitted without arguments`)
    const { commitment } = event.payload
    const within = callAround(model, event)
    const joined = joinedIn(model, event)
    const values = judge(model, witness, event, { node, commitment, within, joined })
    const asks = [node, ...joined].flatMap(allTerms).some(asksSomebody) || event.body.effect === 'spend'
    demand(!asks, 'I6 mediation', `k${callId} was admitted and a person should have been asked`)
    demandNoAuthority(event.body.selector, values, `k${callId}`)
    const begun = { node, joined, commitment, within, approvalDigest: '', stage: 'admitted' } as const
    const made = begin(model, event, begun)
    take(groundOf(made), event.at)
    return charge(model, made)
  }
  const call = active(model, callId, ['approved'])
  const { process, object, selector } = event.body
  demand(
    call.process === process && call.object === object && call.selector === selector && call.node === node,
    'I6 mediation',
    `k${callId} was admitted as another call than was approved`,
  )
  demand(node.handle === 0 && node.taken === 0, 'I13 once', `approval c${node.id} served twice`)
  judge(model, witness, event, call)
  take([node], event.at)
  call.stage = 'admitted'
  call.admittedSeq = event.seq
  call.deadline = event.body.deadline
  Object.assign(call, whenAsked(model, event))
}

/** A call ended, once. */
export function foldSettled(model: Model, witness: Witness, event: EventOf<'call.settled'>): void {
  const { call: callId, outcome, released } = event.body
  const call = active(model, callId, ['admitted'])
  if (released) {
    demand(
      !witness.dispatched.has(callId),
      'I13 once',
      `k${callId} gave its use back after it had been dispatched`,
    )
    giveBack(groundOf(call), call.reservedAt)
    refund(call)
  }
  if (isQuestion(call.selector)) demandAnswered(model, witness, event, call)
  else if (outcome === 'done' || outcome === 'failed') {
    const heard = witness.answered.get(callId)?.has(outcome) === true
    demand(heard, 'I6 mediation', `k${callId} is ${outcome}, which its driver never said`)
  }
  call.outcome = outcome
  call.released = released
  finish(model, call)
}

/** Everything that must hold for a request that is let through, at the position of its event. Returns what it said. */
function judge(
  model: Model,
  witness: Witness,
  event: EventOf<'call.held'> | EventOf<'call.admitted'>,
  { node, commitment, within, joined }: Pick<ModelCall, 'node' | 'commitment' | 'within' | 'joined'>,
): { readonly [name: string]: Json } {
  const { call, process: processId, object, selector, effect } = event.body
  const name = `k${call}`
  const process = known(model.processes.get(processId), 'I6 mediation', `p${processId}`)
  demand(!model.halted, 'I10 halt', `${name} was let through while everything was halted`)
  demand(!isFrozen(model, processId), 'I4 live authority', `${name} is of p${processId}, which was frozen`)
  demand(!process.killed, 'I4 live authority', `${name} is of p${processId}, which was killed`)
  demand(
    node.holder === processId && node.object === object,
    'I6 mediation',
    `${name} acts under c${node.id} of another`,
  )
  const dead = death(model, node, event.at)
  demand(dead === null, 'I4 live authority', `${name} acts under c${node.id}, which is ${dead}`)
  const driver = known(model.drivers.get(object), 'I6 mediation', `driver o${object}`)
  const asked = driver.declared.has(selector) ? effectOfAsking(selector) : undefined
  const offered = isQuestion(selector) ? asked : driver.selectors.get(selector)?.effect
  demand(offered !== undefined, 'I12 canon', `${name} uses ${selector}, which o${object} does not offer`)
  demand(offered === effect, 'I6 mediation', `${name} has another effect class than was pinned`)
  const isOwn = Number(processId) === driver.id
  demand(
    effect !== 'govern' && !isNever(model, selector, effect),
    'I12 canon',
    `${name} is against the canon`,
  )
  demand(selector.startsWith('client/') === isOwn, 'I12 canon', `${name} asks ${selector} as p${processId}`)
  demandAround(model, event, within)
  demand(driver.attached !== 0 && !driver.quarantined.has(selector), 'I6 mediation', `${name} has no driver`)
  demand(grants(node, selector), 'I6 mediation', `${name} uses ${selector}, which c${node.id} does not grant`)
  const sent = whoSent(witness, event.body, commitment, within)
  demand(sent !== undefined, 'I6 mediation', `${name} has arguments that p${processId} never sent`)
  const values = witness.argumentsOf(sent.text)
  demand(values !== null, 'I6 mediation', `${name} has arguments that are no object`)
  for (const level of lineage(node)) {
    demand(
      level.commitment === null || level.commitment === commitment,
      'I6 mediation',
      `${name} is not what was approved`,
    )
  }
  demandInside(name, node, selector, values)
  demandQuorum(model, event, { name, node, joined, values })
  return values
}

function joinedIn(model: Model, { body }: EventOf<'call.held'> | EventOf<'call.admitted'>): readonly Node[] {
  return (body.with ?? []).map((other) => known(model.nodes.get(other), 'I6 mediation', `c${other}`))
}

function asksSomebody({ ask, approvals, fourEyes }: Caveats): boolean {
  return ask === true || fourEyes === true || approvals !== undefined
}

function whoSent(
  witness: Witness,
  { process, selector }: CallDescription,
  commitment: string,
  within: number,
): SentCall | undefined {
  return witness.sent
    .get(commitment)
    ?.find((sent) => sent.process === process && sent.selector === selector && sent.within === within)
}

function begin(
  model: Model,
  event: EventOf<'call.held'> | EventOf<'call.admitted'>,
  made: Pick<ModelCall, 'node' | 'joined' | 'commitment' | 'within' | 'approvalDigest' | 'stage'>,
): ModelCall {
  const { call: callId, process, object, selector, cost = 0 } = event.body
  const pinned = model.drivers.get(object)?.selectors.get(selector)?.cost ?? 0
  demand(cost === pinned, 'I6 mediation', `k${callId} costs ${cost} and was pinned at ${pinned}`)
  demand(callId === model.calls.size + 1, 'I1 forest', `call k${callId} is not the next one`)
  const call: ModelCall = {
    process,
    object,
    selector,
    outcome: null,
    released: false,
    ...made,
    cost,
    payer: payerOf(made.node),
    approvedBy: new Set(),
    id: callId,
    reservedAt: event.at,
    dueAt: event.kind === 'call.held' ? event.body.expiresAt : 0,
    deadline: event.kind === 'call.held' ? 0 : event.body.deadline,
    operatorSaid: null,
    ...whenAsked(model, event),
    admittedSeq: made.stage === 'admitted' ? event.seq : 0,
  }
  model.calls.set(callId, call)
  model.active.set(callId, call)
  return call
}

function finish(model: Model, call: ModelCall): void {
  call.stage = 'over'
  model.active.delete(call.id)
  model.condemned.delete(call.id)
  model.orphans.delete(call.id)
  for (const asked of model.active.values()) if (asked.within === call.id) model.orphans.add(asked.id)
}

function active(model: Model, callId: number, stages: readonly ModelCall['stage'][]): ModelCall {
  const call = known(model.calls.get(callId), 'I6 mediation', `call k${callId}`)
  demand(
    stages.includes(call.stage),
    'I13 once',
    `k${callId} moved while it was ${call.stage}, not ${stages.join(' or ')}`,
  )
  return call
}
