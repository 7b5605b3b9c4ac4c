/**
 * What must hold at the moment a call leaves for its driver: its intent is durable, its authority lives, it is
 * the only time, and the bytes are those that were judged. Checks I4, I6, I10 and I13 from outside.
 */
import { isFrozen } from './fold-processes.ts'
import type { ModelCall } from './model.ts'
import { death } from './model.ts'
import type { Oracle } from './oracle.ts'
import { isQuestion } from './question.ts'
import { demand } from './violation.ts'

/** A dispatch as the driver sees it. */
export interface SeenDispatch {
  readonly call: number
  readonly driver: number
  readonly incarnation: number
  readonly selector: string
  readonly bytes: Uint8Array
}

/** Stops unless the call may leave now, and remembers that it did. */
export function demandDispatchable(oracle: Oracle, seen: SeenDispatch): void {
  const { model, witness } = oracle
  const { driver, incarnation, selector, bytes } = seen
  const call = model.calls.get(seen.call)
  const name = `k${seen.call}`
  demand(
    call !== undefined && call.admittedSeq > 0,
    'I6 mediation',
    `${name} was dispatched before its intent was durable`,
  )
  demand(!witness.dispatched.has(seen.call), 'I13 once', `${name} was dispatched twice`)
  demand(call.stage === 'admitted', 'I13 once', `${name} was dispatched after it was settled`)
  demand(!model.halted, 'I10 halt', `${name} was dispatched while everything was halted`)
  const isStill = isFrozen(model, call.process)
  demand(!isStill, 'I10 halt', `${name} was dispatched while p${call.process} was frozen`)
  demand(
    call.object === driver && call.selector === selector,
    'I6 mediation',
    `${name} was dispatched to o${driver} as ${selector}`,
  )
  demand(
    model.drivers.get(driver)?.attached === incarnation,
    'I6 mediation',
    `${name} went to a former adapter`,
  )
  const offered = model.drivers.get(driver)
  demand(
    oracle.commitment(bytes) === call.commitment,
    'I6 mediation',
    `${name} was dispatched with other bytes`,
  )
  demand(
    offered?.selectors.has(selector) === true && !offered.quarantined.has(selector),
    'I6 mediation',
    `${name} was dispatched as ${selector}, which nobody accepted as it is now`,
  )
  demandLiving(oracle, call)
  witness.dispatched.add(seen.call)
}

/** A question as the client sees it, beside the request in whose course it is asked. */
export interface SeenQuestion {
  /** The call that the kernel says it is asked in. */
  readonly within: number
  readonly selector: string
  readonly bytes: Uint8Array
  /** Whose request it reached, with what arguments, and what the request said it can answer. */
  readonly process: number
  readonly commitment: string
  readonly answers: ReadonlySet<string>
}

/**
 * Stops unless the question may reach this request now: it is that of the call which the driver is serving,
 * and said that it can answer. Remembers that it was asked, and returns its id.
 */
export function demandAskable(oracle: Oracle, seen: SeenQuestion): number {
  const { model, witness } = oracle
  const { within, selector } = seen
  const around = model.calls.get(within)
  const what = `a question for ${selector} in k${within}`
  demand(around?.stage === 'admitted', 'I6 mediation', `${what} reached a client, and that call is over`)
  demand(
    witness.dispatched.has(within),
    'I6 mediation',
    `${what} reached a client before its driver had the call`,
  )
  demand(
    around.process === seen.process && around.commitment === seen.commitment,
    'I6 mediation',
    `${what} reached a request of p${seen.process}, which is another`,
  )
  demand(seen.answers.has(selector), 'I6 mediation', `${what} reached a request that cannot answer it`)
  demand(!model.halted, 'I10 halt', `${what} was asked while everything was halted`)
  const commitment = oracle.commitment(seen.bytes)
  const [asked] = [...model.active.values()]
    .filter((call) => call.within === within && call.selector === selector && call.commitment === commitment)
    .filter((call) => call.stage === 'admitted' && !witness.dispatched.has(call.id))
    .sort((left, right) => left.admittedSeq - right.admittedSeq)
  demand(asked !== undefined, 'I6 mediation', `${what} reached a client and was never let through`)
  const isDeclared = model.drivers.get(asked.object)?.declared.has(selector) === true
  demand(isQuestion(selector) && isDeclared, 'I6 mediation', `${what} is no question that its driver has`)
  const isOperators = selector === 'client/elicitation' && asked.approvalDigest !== ''
  demand(!isOperators, 'I6 mediation', `${what} reached a client after an operator was asked`)
  demandLiving(oracle, asked)
  witness.dispatched.add(asked.id)
  return asked.id
}

function demandLiving({ model, time }: Oracle, call: ModelCall): void {
  const name = `k${call.id}`
  const now = Math.max(time(), model.events.at(-1)?.at ?? 0)
  const dead = death(model, call.node, now)
  demand(
    dead === null,
    'I4 live authority',
    `${name} was dispatched under c${call.node.id}, which is ${dead}`,
  )
}
