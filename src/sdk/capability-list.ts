/**
 * Reads the kernel's lists of what a process holds and may call. Members that this version does not know are ignored,
 * so that a newer kernel can say more.
 */
import type { Json } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { HeldCapability } from './call.ts'

/** The capabilities in a decoded answer; entries that are not ones are left out. */
export function readCapabilities(answer: Json): readonly HeldCapability[] {
  if (!Array.isArray(answer)) return []
  return answer.flatMap((entry: Json) => {
    const capability = readCapability(entry)
    return capability === null ? [] : [capability]
  })
}

function readCapability(entry: Json): HeldCapability | null {
  if (!isJsonObject(entry)) return null
  const { handle, capability, object } = entry
  if (typeof handle !== 'number' || typeof capability !== 'number' || typeof object !== 'number') return null
  const { name, selectors, where, expiresAt, usesLeft } = entry
  return {
    handle,
    capability,
    object,
    name: typeof name === 'string' ? name : '',
    selectors: Array.isArray(selectors) ? selectors.flatMap((item: Json) => readSelector(item)) : [],
    where: Array.isArray(where) ? where : [],
    expiresAt: typeof expiresAt === 'number' ? expiresAt : null,
    usesLeft: typeof usesLeft === 'number' ? usesLeft : null,
    ask: entry['ask'] === true,
    derivable: entry['derivable'] !== false,
  }
}

function readSelector(item: Json): readonly { readonly selector: string; readonly effect: string }[] {
  if (!isJsonObject(item)) return []
  const { selector, effect } = item
  return typeof selector === 'string' && typeof effect === 'string' ? [{ selector, effect }] : []
}

/** The definitions in a decoded answer; entries that are not ones are left out. */
export function readDefinitions(
  answer: Json,
): readonly { readonly selector: string; readonly definition: Json }[] {
  if (!Array.isArray(answer)) return []
  return answer.flatMap((entry: Json) => {
    const selector = isJsonObject(entry) ? entry['selector'] : undefined
    const definition = isJsonObject(entry) ? entry['definition'] : undefined
    return typeof selector === 'string' && definition !== undefined ? [{ selector, definition }] : []
  })
}
