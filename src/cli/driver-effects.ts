/**
 * Effect classes of a driver's selectors: what the server claims, raised where an operator says so. Nothing
 * falls below the claim, and nothing falls silently.
 */
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { EffectClass } from '../kernel/effect.ts'
import { effectClasses } from '../kernel/effect.ts'
import type { PinnedSelector } from '../kernel/manifest.ts'
import { selectorName } from './constraint-syntax.ts'

/** Applies `TOOL=CLASS` words. Lowering an effect is an error. */
export function raiseEffects(
  selectors: readonly PinnedSelector[],
  words: readonly string[],
): Result<readonly PinnedSelector[], string> {
  const raised = new Map(selectors.map((pinned) => [pinned.selector, pinned]))
  for (const word of words) {
    const parsed = parseEffect(word)
    if (!parsed.ok) return parsed
    const { selector, effect } = parsed.value
    const pinned = raised.get(selector)
    if (pinned === undefined) return err(`the program offers no ${selector}`)
    if (moreSevere(effect, pinned.effect) !== effect) {
      return err(`${selector} declares itself ${pinned.effect}; it cannot be lowered to ${effect}`)
    }
    raised.set(selector, { ...pinned, effect })
  }
  return ok([...raised.values()])
}

/** Reads one `TOOL=CLASS`. */
export function parseEffect(
  word: string,
): Result<{ readonly selector: string; readonly effect: EffectClass }, string> {
  const equals = word.lastIndexOf('=')
  const effect = effectClasses.find((known) => known === word.slice(equals + 1))
  if (equals < 1 || effect === undefined)
    return err(`--effect ${word} is not TOOL=CLASS, with ${effectClasses.join(', ')}`)
  return ok({ selector: selectorName(word.slice(0, equals)), effect })
}

/** The more consequential of two classes. */
export function moreSevere(a: EffectClass, b: EffectClass): EffectClass {
  return effectClasses.indexOf(a) >= effectClasses.indexOf(b) ? a : b
}
