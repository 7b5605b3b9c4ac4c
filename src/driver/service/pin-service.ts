/**
 * Pins what a service offers. A service's definitions say their effect class themselves, in the member
 * `effect`, because they are ours and not a stranger's claim; one that says none has the strongest.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { EffectClass } from '../../kernel/effect.ts'
import { effectClasses } from '../../kernel/effect.ts'
import type { PinnedSelector } from '../../kernel/manifest.ts'
import type { Definition } from '../definition.ts'

/** The pin of one definition of a service. */
export function pinService({ selector, definition }: Definition): PinnedSelector {
  const said = effectClasses.find((effect) => effect === definition['effect'])
  const effect: EffectClass = said ?? 'act'
  return { selector, digest: sha256Hex(canonicalJson(definition)), effect }
}
