/**
 * How a rule of the closed vocabulary looks. A rule that this code does not know refuses the canon: a kernel that
 * left one out would run under another canon than the one that was signed.
 */
import type { Shape } from '../../base/shape.ts'
import { checked, list, oneOf, optional, tagged, text, whole } from '../../base/shape.ts'
import { effectClasses } from '../effect.ts'
import { limits } from '../limits.ts'
import type { CanonRule } from './document.ts'
import { orderKinds } from './order-kinds.ts'

const article = text('must name an article', (name) => name !== '')
const aPattern = text(
  'must be a pattern of bounded length',
  (value) => value !== '' && value.length <= limits.patternLength,
)
const anOrderKind = text('must be a kind of order', (kind) => Object.hasOwn(orderKinds, kind))

/** A rule by itself. Whether its article is there is the canon's to say. */
export const aRule: Shape<CanonRule> = checked(
  tagged<CanonRule, 'rule'>('rule', {
    'single-gate': { article },
    'human-sovereignty': { article },
    'no-reverse-authority': { article },
    never: {
      article,
      effects: optional(list(oneOf(effectClasses), limits.canonItems, 1)),
      selectors: optional(list(aPattern, limits.canonItems, 1)),
    },
    'four-eyes': { article, orders: list(anOrderKind, limits.canonItems, 1) },
    'longest-grant': { article, lifetimeMs: whole(1) },
  }),
  (rule) =>
    rule.rule === 'never' && rule.effects === undefined && rule.selectors === undefined
      ? 'must say which effects or selectors'
      : null,
)
