/**
 * What must hold at the moment a call leaves for its driver: its intent is durable, its authority lives, it is
 * the only time, and the bytes are those that were judged. Checks I4, I6, I10 and I13 from outside.
 */
import { death } from './model.ts'
import type { Oracle } from './oracle.ts'
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
  const { model, witness, time } = oracle
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
  demand(
    oracle.commitment(bytes) === call.commitment,
    'I6 mediation',
    `${name} was dispatched with other bytes`,
  )
  const now = Math.max(time(), model.events.at(-1)?.at ?? 0)
  const dead = death(model, call.node, now)
  demand(
    dead === null,
    'I4 live authority',
    `${name} was dispatched under c${call.node.id}, which is ${dead}`,
  )
  witness.dispatched.add(seen.call)
}
