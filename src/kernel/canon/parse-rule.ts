/**
 * From untrusted JSON to one rule of the closed vocabulary. A rule that this code does not know refuses the
 * canon: a kernel that left one out would run under another canon than the one that was signed.
 */
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import type { EffectClass } from '../effect.ts'
import { effectClasses } from '../effect.ts'
import { limits } from '../limits.ts'
import { isId } from '../sovereign/shape.ts'
import type { CanonRule } from './document.ts'
import { fixedRules } from './document.ts'
import { orderKinds } from './order-kinds.ts'
import { parseEach, whyMembers } from './shape.ts'

/** The rule, or a sentence saying what is wrong with it. `articles` are the names that it may serve. */
export function parseRule(value: Json, articles: ReadonlySet<string>): Result<CanonRule, string> {
  if (!isJsonObject(value)) return err('A rule must be an object.')
  const { rule, article } = value
  if (typeof article !== 'string' || !articles.has(article))
    return err('A rule must name an article that is there.')
  const fixed = fixedRules.find((name) => name === rule)
  if (fixed !== undefined) {
    const wrong = whyMembers(value, ['article', 'rule'])
    return wrong === null ? ok({ rule: fixed, article }) : err(wrong)
  }
  switch (rule) {
    case 'never':
      return parseNever(value, article)
    case 'four-eyes':
      return parseFourEyes(value, article)
    case 'longest-grant': {
      const wrong = whyMembers(value, ['article', 'lifetimeMs', 'rule'])
      if (wrong !== null) return err(wrong)
      const { lifetimeMs } = value
      return isId(lifetimeMs)
        ? ok({ rule, article, lifetimeMs })
        : err('`lifetimeMs` must be a whole number from 1.')
    }
    default:
      return err('There is a rule that this kernel does not know.')
  }
}

function parseNever(value: JsonObject, article: string): Result<CanonRule, string> {
  const wrong = whyMembers(value, ['article', 'rule'], ['effects', 'selectors'])
  if (wrong !== null) return err(wrong)
  const { effects, selectors } = value
  if (effects === undefined && selectors === undefined)
    return err('`never` must say which effects or selectors.')
  const classes = effects === undefined ? ok(undefined) : parseSome(effects, isEffect, 'effects')
  if (!classes.ok) return classes
  const patterns = selectors === undefined ? ok(undefined) : parseSome(selectors, isPattern, 'selectors')
  if (!patterns.ok) return patterns
  return ok({
    rule: 'never',
    article,
    ...(classes.value === undefined ? {} : { effects: classes.value }),
    ...(patterns.value === undefined ? {} : { selectors: patterns.value }),
  })
}

function parseFourEyes(value: JsonObject, article: string): Result<CanonRule, string> {
  const wrong = whyMembers(value, ['article', 'orders', 'rule'])
  if (wrong !== null) return err(wrong)
  const orders = parseSome(value['orders'], isOrderKind, 'orders')
  return orders.ok ? ok({ rule: 'four-eyes', article, orders: orders.value }) : orders
}

function parseSome<T extends Json>(
  value: Json | undefined,
  fits: (item: Json) => item is T,
  name: string,
): Result<readonly T[], string> {
  const items = parseEach(value, (item) =>
    fits(item) ? ok(item) : err(`\`${name}\` has an item that is not known.`),
  )
  return items.ok && items.value.length === 0 ? err(`\`${name}\` must not be empty.`) : items
}

function isEffect(item: Json): item is EffectClass {
  return effectClasses.some((effect) => effect === item)
}

function isPattern(item: Json): item is string {
  return typeof item === 'string' && item !== '' && item.length <= limits.patternLength
}

function isOrderKind(item: Json): item is string {
  return typeof item === 'string' && Object.hasOwn(orderKinds, item)
}
