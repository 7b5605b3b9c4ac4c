/**
 * What a driver offers now against what was accepted: per selector, which members of its definition differ. Data
 * only; `driver-diff-rendering.ts` makes lines of it.
 */
import { canonicalJson } from '../base/canonical-json.ts'
import type { Json, JsonObject } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import type { Definition } from '../driver/definition.ts'
import type { EffectClass } from '../kernel/effect.ts'
import type { PinnedSelector } from '../kernel/manifest.ts'

/** One member that differs; `null` stands for a member that is not there. */
export interface MemberDifference {
  /** For example `inputSchema.properties.path`. */
  readonly at: string
  readonly accepted: Json
  readonly offered: Json
}

/** One selector that differs. */
export interface SelectorDifference {
  readonly selector: string
  readonly change: 'changed' | 'new' | 'missing'
  /** The effect as accepted, and as the driver claims it now. */
  readonly effect: { readonly accepted: EffectClass | null; readonly claimed: EffectClass | null }
  /** The members that differ; null when what was accepted is not kept here and cannot be shown. */
  readonly members: readonly MemberDifference[] | null
}

/** One side of a comparison. */
export interface Side {
  readonly selectors: readonly PinnedSelector[]
  readonly definitions: readonly Definition[]
}

/** Members told of one selector; more are not read by anybody. */
const mostMembers = 100

/** Every selector that differs, by name. `accepted.definitions` may lack some. */
export function compareOffers(accepted: Side, offered: Side): readonly SelectorDifference[] {
  const before = bySelector(accepted)
  const now = bySelector(offered)
  return [...new Set([...before.keys(), ...now.keys()])].sort().flatMap((selector) => {
    const [old, present] = [before.get(selector), now.get(selector)]
    if (old?.pinned.digest === present?.pinned.digest) return []
    const effect = { accepted: old?.pinned.effect ?? null, claimed: present?.pinned.effect ?? null }
    const change = old === undefined ? 'new' : present === undefined ? 'missing' : 'changed'
    return [{ selector, change, effect, members: membersOf(old, present) }]
  })
}

interface Known {
  readonly pinned: PinnedSelector
  readonly definition: JsonObject | null
}

function bySelector({ selectors, definitions }: Side): ReadonlyMap<string, Known> {
  const texts = new Map(definitions.map(({ selector, definition }) => [selector, definition]))
  return new Map(
    selectors.map((pinned) => [pinned.selector, { pinned, definition: texts.get(pinned.selector) ?? null }]),
  )
}

function membersOf(old: Known | undefined, present: Known | undefined): readonly MemberDifference[] | null {
  if (old !== undefined && old.definition === null) return null
  const found: MemberDifference[] = []
  compare(old?.definition ?? {}, present?.definition ?? {}, '', found)
  return found
}

/** Objects are compared member by member, lists of named things by name, everything else as a whole. */
function compare(accepted: Json, offered: Json, at: string, found: MemberDifference[]): void {
  if (found.length >= mostMembers || canonicalJson(accepted) === canonicalJson(offered)) return
  const [old, present] = [asMembers(accepted), asMembers(offered)]
  if (old === null || present === null) {
    found.push({ at, accepted, offered })
    return
  }
  const count = found.length
  for (const name of [...new Set([...old.keys(), ...present.keys()])].sort()) {
    compare(old.get(name) ?? null, present.get(name) ?? null, at === '' ? name : `${at}.${name}`, found)
  }
  // The order of a list, or a null where there was nothing.
  if (found.length === count) found.push({ at, accepted, offered })
}

function asMembers(value: Json): ReadonlyMap<string, Json> | null {
  if (isJsonObject(value)) return new Map(Object.entries(value))
  if (!Array.isArray(value)) return null
  const items = value as readonly Json[]
  const names = items.map((item) => (isJsonObject(item) ? (item['name'] ?? item['uriTemplate']) : null))
  const areNames = names.every((name) => typeof name === 'string') && new Set(names).size === items.length
  return areNames ? new Map(items.map((item, index) => [String(names[index]), item])) : null
}
