/**
 * A refused command changes nothing but the record of its refusal (I8). Checked by taking the whole state
 * before and after, with the bookkeeping of refusals left out.
 */
import type { Core } from '../../../src/machine/core.ts'
import type { State } from '../../../src/kernel/state.ts'
import { demand } from './violation.ts'

/** From now on, stops at the first refusal by `core` that changes anything else. */
export function watchRefusals(core: Core): void {
  const submit = core.submit.bind(core)
  core.submit = (command) => {
    // A re-check that says no settles the call: its refusal is not that of a request.
    if (command.kind === 'call.recheck') return submit(command)
    const before = image(core.state)
    const decision = submit(command)
    if (decision.refusal === null) return decision
    const collects = decision.events.some(
      (event) => event.kind === 'syscall.refused' && event.body.collects !== 0,
    )
    demand(
      decision.events.length <= 1,
      'I8 atomic refusal',
      `a refused ${command.kind} recorded more than its refusal`,
    )
    demand(
      collects || image(core.state) === before,
      'I8 atomic refusal',
      `a refused ${command.kind} (${decision.refusal.code}) changed the state`,
    )
    return decision
  }
}

const bookkeeping: ReadonlySet<string> = new Set([
  'seq',
  'at',
  'refusalWindowStart',
  'refusalCount',
  'orderRefusalWindowStart',
  'orderRefusalCount',
])

function image(state: State): string {
  return JSON.stringify(state, (name, value: unknown) => {
    if (bookkeeping.has(name)) return undefined
    if (value instanceof Map) return [...value]
    return value instanceof Set ? [...value] : value
  })
}
