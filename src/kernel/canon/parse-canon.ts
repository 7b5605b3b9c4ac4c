/**
 * From untrusted JSON to a canon. Strict: what is missing, unknown or of another shape refuses all of it, since
 * keyholders signed exactly this. The three fixed rules must be there, every rule must serve an article that is
 * there, and no key or name may stand twice.
 */
import type { Json } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { acceptablePublicKey } from '../../base/signature.ts'
import { canonicalJson } from '../../base/canonical-json.ts'
import { limits } from '../limits.ts'
import { isId, isName } from '../sovereign/shape.ts'
import type { Article, CanonDocument, Keyholder } from './document.ts'
import { fixedRules } from './document.ts'
import { parseRule } from './parse-rule.ts'
import { parseEach, whyMembers } from './shape.ts'

const hex64 = /^[0-9a-f]{64}$/u

/** The canon, or a sentence saying what is wrong with it. */
export function parseCanon(value: Json): Result<CanonDocument, string> {
  if (!isJsonObject(value)) return err('A canon must be an object.')
  const wrong = whyMembers(value, ['articles', 'keyholders', 'previous', 'rules', 'threshold', 'version'])
  if (wrong !== null) return err(wrong)
  if (canonicalJson(value).length > limits.canonLength) return err('The canon is too long.')
  const { version, previous, threshold } = value
  if (!isId(version)) return err('`version` must be a whole number from 1.')
  if (version === 1 ? previous !== null : typeof previous !== 'string' || !hex64.test(previous))
    return err('`previous` must be the digest of the version before, and null for the first.')
  const articles = parseEach(value['articles'], parseArticle)
  if (!articles.ok) return articles
  const names = new Set(articles.value.map(({ name }) => name))
  if (names.size !== articles.value.length) return err('Two articles have one name.')
  const rules = parseEach(value['rules'], (rule) => parseRule(rule, names))
  if (!rules.ok) return rules
  const missing = fixedRules.find((name) => !rules.value.some(({ rule }) => rule === name))
  if (missing !== undefined) return err(`The rule ${missing} is missing, and no canon is without it.`)
  const keyholders = parseEach(value['keyholders'], parseKeyholder)
  if (!keyholders.ok) return keyholders
  const unfit = whyNoSet(version, keyholders.value, threshold)
  if (unfit !== null) return err(unfit)
  return ok({
    version,
    previous: typeof previous === 'string' ? previous : null,
    articles: articles.value,
    rules: rules.value,
    keyholders: keyholders.value,
    threshold: Number(threshold),
  })
}

/** Nobody amends the canon alone: a set that is written down has at least two, and asks for at least two. */
function whyNoSet(
  version: number,
  keyholders: readonly Keyholder[],
  threshold: Json | undefined,
): string | null {
  if (!isId(threshold)) return '`threshold` must be a whole number from 1.'
  for (const member of ['name', 'publicKey'] as const) {
    if (new Set(keyholders.map((holder) => holder[member])).size !== keyholders.length)
      return `Two keyholders have one ${member}.`
  }
  if (version === 1) {
    const founding = keyholders.length === 0 && threshold === 1
    return founding ? null : 'A founding canon names no keyholders and has the threshold 1.'
  }
  if (threshold < 2) return 'No canon is amended by one person: the threshold must be 2 or more.'
  return threshold > keyholders.length ? 'There are fewer keyholders than the threshold asks for.' : null
}

function parseArticle(value: Json): Result<Article, string> {
  if (!isJsonObject(value)) return err('An article must be an object.')
  const wrong = whyMembers(value, ['name', 'text'])
  if (wrong !== null) return err(wrong)
  const { name, text } = value
  if (!isName(name)) return err('An article’s `name` must be a name.')
  if (typeof text !== 'string' || text === '' || text.length > limits.articleLength)
    return err(`The text of ${name} must be there, and of bounded length.`)
  return ok({ name, text })
}

function parseKeyholder(value: Json): Result<Keyholder, string> {
  if (!isJsonObject(value)) return err('A keyholder must be an object.')
  const wrong = whyMembers(value, ['name', 'publicKey'], ['expiresAt'])
  if (wrong !== null) return err(wrong)
  const { name, publicKey, expiresAt } = value
  if (!isName(name)) return err('A keyholder’s `name` must be a name.')
  if (typeof publicKey !== 'string' || !acceptablePublicKey(publicKey).ok)
    return err(`The key of ${name} is not an acceptable Ed25519 public key.`)
  if (expiresAt === undefined) return ok({ name, publicKey })
  return isId(expiresAt)
    ? ok({ name, publicKey, expiresAt })
    : err(`\`expiresAt\` of ${name} must be milliseconds since the epoch.`)
}
