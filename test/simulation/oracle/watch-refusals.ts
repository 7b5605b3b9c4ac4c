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
  'sweep',
])

/** The state as text. What is dead is left out: every event, also that of a refusal, goes on taking it out. */
function image(state: State): string {
  const living = livingOf(state)
  return JSON.stringify(state, (name, value: unknown) => {
    if (bookkeeping.has(name)) return undefined
    if (typeof value !== 'object' || value === null || !(Symbol.iterator in value)) return value
    const items = [...(value as Iterable<unknown>)]
    if (name === 'capabilities' || name === 'accounts') return items.filter((each) => living.has(first(each)))
    return name === 'handles' ? items.filter((each) => living.has(second(each))) : items
  })
}

/** Capabilities of which no level was revoked. Parents are older than what is derived from them. */
function livingOf({ capabilities }: State): ReadonlySet<unknown> {
  const living = new Set<unknown>()
  for (const [key, { parent, revoked }] of capabilities)
    if (!revoked && (Number(parent) === 0 || living.has(parent))) living.add(key)
  return living
}

function first(pair: unknown): unknown {
  return (pair as readonly unknown[])[0]
}

function second(pair: unknown): unknown {
  return (pair as readonly unknown[])[1]
}
