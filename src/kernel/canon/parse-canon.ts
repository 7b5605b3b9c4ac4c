/**
 * From untrusted JSON to a canon. Strict: what is missing, unknown or of another shape refuses all of it, since
 * keyholders signed exactly this. The three fixed rules must be there, every rule must serve an article that is
 * there, and no key or name may stand twice.
 */
import type { Json } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import type { Shape } from '../../base/shape.ts'
import { checked, distinct, fits, list, object, optional, parse, text, whole } from '../../base/shape.ts'
import { limits } from '../limits.ts'
import { aKey, aName, isDigest } from '../sovereign/shape.ts'
import type { Article, CanonDocument, Keyholder } from './document.ts'
import { canonText, fixedRules } from './document.ts'
import { aRule } from './parse-rule.ts'

const anArticle: Shape<Article> = object({
  name: aName,
  text: text(
    'must be a text of bounded length',
    (value) => value !== '' && value.length <= limits.articleLength,
  ),
})

const aKeyholder: Shape<Keyholder> = object({ name: aName, publicKey: aKey, expiresAt: optional(whole(1)) })

/** How a canon looks. */
export const aCanon: Shape<CanonDocument> = checked(
  object<CanonDocument>({
    version: whole(1),
    previous: fits('must be a digest or null', (value) => value === null || isDigest(value)),
    articles: distinct(list(anArticle, limits.canonItems), ({ name }) => name),
    rules: list(aRule, limits.canonItems),
    keyholders: distinct(
      distinct(list(aKeyholder, limits.canonItems), ({ name }) => name),
      ({ publicKey }) => publicKey,
    ),
    threshold: whole(1),
  }),
  (canon) => whyIncomplete(canon) ?? whyNoSet(canon),
)

/** The canon, or a sentence saying what is wrong with it. */
export function parseCanon(value: Json): Result<CanonDocument, string> {
  return parse(aCanon, value, 'A canon')
}

function whyIncomplete(canon: CanonDocument): string | null {
  const { version, previous, articles, rules } = canon
  if (canonText(canon).length > limits.canonLength) return 'must not be that long'
  if ((version === 1) !== (previous === null))
    return 'must name in `previous` the version before, and null for the first'
  const isServed = (name: string): boolean => articles.some((article) => article.name === name)
  if (!rules.every(({ article }) => isServed(article))) return 'must have every article that a rule names'
  const missing = fixedRules.find((name) => !rules.some(({ rule }) => rule === name))
  return missing === undefined ? null : `must have the rule ${missing}`
}

/** Nobody amends the canon alone: a set that is written down has at least two, and asks for at least two. */
function whyNoSet({ version, keyholders, threshold }: CanonDocument): string | null {
  if (version === 1)
    return keyholders.length === 0 && threshold === 1
      ? null
      : 'must name no keyholders and have the threshold 1 while it is the first'
  if (threshold < 2) return 'must not be amended by one person: the threshold is 2 or more'
  return threshold > keyholders.length ? 'must have as many keyholders as the threshold asks for' : null
}
