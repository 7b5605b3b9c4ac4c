/**
 * Resources that a process may read, as its driver lists them now. The list is discovery, not an effect: it
 * makes no event, and what the process could not read does not exist for it.
 */
import type { Instant, ProcessId } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { parseStrictJson } from '../base/strict-json.ts'
import { whyRefused } from '../kernel/capability/arguments.ts'
import { selectorsOf } from '../kernel/capability/narrow.ts'
import type { Capability, State } from '../kernel/state.ts'
import { liveOf } from './dispatch-header.ts'
import { isAccepted } from './view/definitions.ts'

/** Bytes and items of one page. */
const maxPageBytes = 921_600
const maxPageItems = 1000

/** Live chains with which `process` may use `selector` of `object`: none while nobody accepted what it means now. */
export function chainsFor(
  state: State,
  process: ProcessId,
  object: number,
  selector: string,
  at: Instant,
): readonly (readonly Capability[])[] {
  if (!isAccepted(state.drivers.get(id(object)), selector)) return []
  return liveOf(state, process, at).filter(
    (chain) => chain[0]?.object === object && selectorsOf(chain).has(selector),
  )
}

/** True when some chain allows `selector` with exactly this address. */
export function mayUse(chains: readonly (readonly Capability[])[], selector: string, uri: string): boolean {
  return chains.some((chain) => whyRefused(chain, selector, { uri }, '') === null)
}

/** What of a driver's page the chains allow to read, or null when the page is malformed. */
export function readablePage(
  page: Uint8Array,
  chains: readonly (readonly Capability[])[],
): readonly Json[] | null {
  const limits = { maxBytes: maxPageBytes, maxDepth: 32, maxValues: 131_072 }
  const parsed = parseStrictJson(page, limits)
  if (!parsed.ok || !Array.isArray(parsed.value) || parsed.value.length > maxPageItems) return null
  return parsed.value.filter((resource: Json) => {
    const uri = isJsonObject(resource) ? resource['uri'] : null
    return typeof uri === 'string' && mayUse(chains, 'resources/read', uri)
  })
}
