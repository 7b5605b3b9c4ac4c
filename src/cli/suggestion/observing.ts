/**
 * Observe mode is nothing but grants: wide ones, marked by their badge, that an operator signed and can revoke
 * like any other. Here they are found again.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Caveats } from '../../kernel/capability/terms.ts'
import type { KernelClient } from '../kernel-client.ts'
import { listOf, numberOf, textOf } from '../kernel-client.ts'

/** The badge of every grant that `custos observe` makes. */
export const observeBadge = 'observe'

/** A live root grant to one process. */
export interface LiveGrant {
  readonly capability: number
  readonly holder: number
  readonly object: number
  readonly selectors: readonly string[]
  readonly caveats: JsonObject
  /** True when it is one that `custos observe` made. */
  readonly observes: boolean
}

/** The live root grants among all capabilities, of one process or of all. */
export async function liveGrants(
  kernel: KernelClient,
  process: number | null,
): Promise<readonly LiveGrant[]> {
  return listOf(await kernel.query('capabilities')).flatMap((entry) => {
    const { caveats } = entry
    const isRoot = numberOf(entry, 'parent') === 0
    if (!isRoot || entry['live'] !== true || !isJsonObject(caveats)) return []
    const holder = numberOf(entry, 'holder')
    if (process !== null && holder !== process) return []
    const { selectors } = caveats
    return [
      {
        capability: numberOf(entry, 'capability'),
        holder,
        object: numberOf(entry, 'object'),
        selectors: Array.isArray(selectors) ? selectors.filter((item: Json) => typeof item === 'string') : [],
        caveats,
        observes: textOf(caveats, 'badge') === observeBadge,
      },
    ]
  })
}

/** The processes that observe: whoever holds a live grant of `custos observe`. */
export async function observingProcesses(kernel: KernelClient): Promise<ReadonlySet<number>> {
  const grants = await liveGrants(kernel, null)
  return new Set(grants.filter(({ observes }) => observes).map(({ holder }) => holder))
}

/** The terms that observing gives on a driver: everything that is pinned, with any arguments. */
export function observeCaveats(selectors: readonly string[]): Caveats {
  return { selectors, where: { '*': { arguments: {}, open: true } }, badge: observeBadge }
}

/** True when a live grant says exactly this. */
export function saysTheSame(grant: LiveGrant, object: number, caveats: Caveats): boolean {
  return grant.object === object && canonicalJson(grant.caveats) === canonicalJson(caveats as unknown as Json)
}
