/** Definitions of what a process may call at one driver. Anything else does not exist for it. */
import type { Instant, ProcessId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Json } from '../../base/json.ts'
import { selectorsOf } from '../../kernel/capability/narrow.ts'
import { chainOf, whyDead } from '../../kernel/capability/tree.ts'
import type { Driver, State } from '../../kernel/state.ts'
import type { DriverChannel } from '../driver-channel.ts'

/** `{selector, definition}` for every selector that is granted, live, pinned and not quarantined. */
export function* definitionsFor(
  state: State,
  process: ProcessId,
  channel: DriverChannel | null,
  at: Instant,
): Generator<{ readonly selector: string; readonly definition: Json }> {
  if (channel === null) return
  const driver = state.drivers.get(channel.driver)
  const granted = new Set<string>()
  for (const held of state.processes.get(process)?.handles.values() ?? []) {
    const chain = chainOf(state, held)
    if (chain[0]?.object !== id(channel.driver) || whyDead(state, chain, at) !== null) continue
    for (const selector of selectorsOf(chain)) granted.add(selector)
  }
  for (const [selector, definition] of channel.offer.definitions) {
    if (granted.has(selector) && isAccepted(driver, selector)) yield { selector, definition }
  }
}

/** True when an operator accepted what the selector means now: it is pinned, and not quarantined. */
export function isAccepted(driver: Driver | undefined, selector: string): boolean {
  return driver?.selectors.has(selector) === true && !driver.quarantined.has(selector)
}
