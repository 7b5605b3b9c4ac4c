/** What a process holds, as it may see it: its own live capabilities, and nothing about anybody else's. */
import type { Instant, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Json } from '../../base/json.ts'
import { wheresOf } from '../../kernel/capability/arguments.ts'
import { budgetLeft } from '../../kernel/capability/budget.ts'
import { selectorsOf } from '../../kernel/capability/narrow.ts'
import { usesLeft } from '../../kernel/capability/reserve.ts'
import { chainOf, whyDead } from '../../kernel/capability/tree.ts'
import type { State } from '../../kernel/state.ts'

/** The live capabilities in a process's table, as JSON. Each tells the terms of its whole chain. */
export function* heldCapabilities(state: State, process: ProcessId, at: Instant): Generator<Json> {
  for (const [handle, capability] of state.processes.get(process)?.handles ?? []) {
    const chain = chainOf(state, capability)
    const object = chain[0]?.object ?? id(0)
    if (whyDead(state, chain, at) !== null) continue
    const driver = state.drivers.get(id(object))
    const least = Math.min(...chain.map(usesLeft))
    const budget = budgetLeft(state, chain)
    const expiresAt = Math.min(...chain.map((level) => level.caveats.expiresAt ?? Infinity))
    yield {
      handle,
      capability,
      object,
      name: driver?.name ?? null,
      selectors: [...selectorsOf(chain)].map((selector) => ({
        selector,
        effect: driver?.selectors.get(selector)?.effect ?? null,
      })),
      where: chain.flatMap((level) => wheresOf(level.caveats) as unknown as readonly Json[]),
      expiresAt: Number.isFinite(expiresAt) ? expiresAt : null,
      usesLeft: Number.isFinite(least) ? least : null,
      budgetLeft: Number.isFinite(budget) ? budget : null,
      ask: chain.some((level) => level.caveats.ask === true),
      derivable: chain.every((level) => level.caveats.derivable !== false),
    }
  }
}
