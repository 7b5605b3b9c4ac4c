/**
 * What must hold for a question of a driver beside what holds for every call: it is part of a call that the
 * driver is serving and ends with it, an operator answers what concerns authority, and what the driver is
 * told was said by the one client that was asked, by an operator, or by its own capability.
 */
import type { EventOf } from '../../../src/kernel/event.ts'
import type { Json } from '../../../src/base/json.ts'
import { canonical } from './constraint.ts'
import type { Model, ModelCall } from './model.ts'
import { death } from './model.ts'
import { concernsAuthority, heldToAsk, isQuestion, rootsNamed, rootsOfLiving } from './question.ts'
import { demand, known } from './violation.ts'
import type { Witness } from './witness.ts'

type Passed = EventOf<'call.held'> | EventOf<'call.admitted'>

/** The call that a new one is part of, or 0: only drivers ask in the course of a call, and of one they serve. */
export function callAround(model: Model, { body, cause }: Passed): number {
  const name = `k${body.call}`
  if (!isQuestion(body.selector)) {
    demand(cause === 0, 'I6 mediation', `${name} is part of another call and no question`)
    return 0
  }
  const led = model.events[cause - 1]
  if (led === undefined) {
    demand(body.selector === 'client/roots', 'I6 mediation', `${name} is asked in no call`)
    return 0
  }
  demand(led.kind === 'call.admitted', 'I6 mediation', `${name} is asked because of ${led.kind}`)
  return led.body.call
}

/** Stops unless the question is part of what its driver is doing, and is over when that is. */
export function demandAround(model: Model, event: Passed, within: number): void {
  if (within === 0) return
  const name = `k${event.body.call}`
  const around = known(model.calls.get(within), 'I6 mediation', `call k${within}`)
  demand(
    around.stage === 'admitted',
    'I6 mediation',
    `${name} is asked in k${within}, which is ${around.stage}`,
  )
  demand(
    around.object === Number(event.body.object),
    'I6 mediation',
    `${name} is asked in another’s k${within}`,
  )
  demand(!isQuestion(around.selector), 'I6 mediation', `${name} is asked in the question k${within}`)
  const until = event.kind === 'call.held' ? event.body.expiresAt : event.body.deadline
  demand(until <= around.deadline, 'I6 mediation', `${name} may outlive k${within}`)
}

/** Stops if a question that only an operator may answer was let through without one. */
export function demandNoAuthority(
  selector: string,
  asked: { readonly [name: string]: Json },
  name: string,
): void {
  demand(!concernsAuthority(selector, asked), 'I6 mediation', `${name} asks for authority, and no operator`)
}

/** Stops unless what a driver is told was really said, by whom it may be told that. */
export function demandAnswered(
  model: Model,
  witness: Witness,
  { body, at, payload }: EventOf<'call.settled'>,
  call: ModelCall,
): void {
  const name = `k${call.id}`
  if (body.outcome !== 'done') {
    demand(
      payload === null || payload.length === 0,
      'I6 mediation',
      `${name} is ${body.outcome} and brings words`,
    )
    return
  }
  demand(!body.released, 'I13 once', `${name} was answered and gave its use back`)
  demand(payload !== null, 'I6 mediation', `${name} is done and has no answer`)
  const text = witness.textOf(payload)
  if (call.selector === 'client/roots') return demandRoots(model, call, at, text)
  if (call.selector === 'client/elicitation' && call.approvalDigest !== '') {
    const said = call.operatorSaid === null ? {} : { content: JSON.parse(call.operatorSaid) as Json }
    const expected = canonical({ action: 'accept', ...said })
    demand(
      canonical(parsed(text)) === expected,
      'I6 mediation',
      `${name} is answered otherwise than an operator did`,
    )
    return
  }
  const isHeard = witness.clientSaid.get(call.id)?.has(payload.commitment) === true
  demand(isHeard, 'I6 mediation', `${name} is answered by what its client never said`)
  demand(
    text === null || witness.argumentsOf(text) !== null,
    'I6 mediation',
    `${name} is answered by no object`,
  )
}

/** Roots are those that capabilities of the driver named while it asked; those that did all the time are all there. */
function demandRoots(model: Model, call: ModelCall, at: number, text: string | null): void {
  const { roots } = parsed(text) as { readonly roots?: readonly { readonly uri: string }[] }
  demand(Array.isArray(roots), 'I6 mediation', `k${call.id} is not answered with roots`)
  const told = new Set(roots.map(({ uri }) => uri))
  const held = heldToAsk(model, call.process, 'client/roots')
  const newer = new Set(held.filter((node) => node.id > call.lastNodeThen).flatMap(rootsNamed))
  const now = rootsOfLiving(model, call.process, at)
  for (const uri of told)
    demand(
      call.rootsThen.has(uri) || newer.has(uri) || now.has(uri),
      'I6 mediation',
      `k${call.id} is told of ${uri}, which no capability names`,
    )
  const lasting = held.filter((node) => node.id <= call.lastNodeThen && death(model, node, at) === null)
  for (const uri of lasting.flatMap(rootsNamed))
    demand(
      told.has(uri) || !call.rootsThen.has(uri),
      'I7 frame',
      `k${call.id} is not told of ${uri}, which a capability names`,
    )
}

/** What is remembered of a question when it is let through. */
export function whenAsked(model: Model, { body, at }: Passed): Pick<ModelCall, 'rootsThen' | 'lastNodeThen'> {
  const isRoots = body.selector === 'client/roots'
  const rootsThen = isRoots ? rootsOfLiving(model, body.process, at) : new Set<string>()
  return { rootsThen, lastNodeThen: model.nodes.size }
}

function parsed(text: string | null): unknown {
  return text === null ? {} : JSON.parse(text)
}
