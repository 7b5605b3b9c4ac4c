/**
 * The canon of ledgers that were begun before a canon had articles: three rules, named in the first event by a
 * digest over their sentences alone. Those ledgers go on under it until they amend it, and the three rules are
 * in every later canon. The digests of the founding canons that this build starts under are sealed here.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { CanonDocument, FixedRule } from './document.ts'
import { fixedRules } from './document.ts'

/** What the rules say that no amendment removes. */
export const fixedTexts: { readonly [K in FixedRule]: string } = {
  'single-gate':
    'An effect is reached only through a selector that an operator pinned in a driver’s manifest.',
  'human-sovereignty':
    'No process changes authority, policy, canon or trust; it may only narrow what it already holds.',
  'no-reverse-authority': 'What a driver may ask of its client is the driver’s to hold; no agent calls it.',
}

/** The version that every founding canon has. */
export const canonVersion = 1

/** SHA-256 in hex of the first edition's text, which was only names and sentences. */
export const canonDigest: string = sha256Hex(
  canonicalJson({
    version: canonVersion,
    rules: fixedRules.map((name) => ({ name, text: fixedTexts[name] })),
  }),
)

/** The first edition as a document. Its digest is `canonDigest`, not that of this form. */
export const firstEdition: CanonDocument = Object.freeze({
  version: canonVersion,
  previous: null,
  articles: fixedRules.map((name) => ({ name, text: fixedTexts[name] })),
  rules: fixedRules.map((rule) => ({ rule, article: rule })),
  keyholders: [],
  threshold: 1,
})

/** Digest of `canon/canon.json`, under which new homes begin. The build and a test hold the file against it. */
export const foundingDigest = 'ce5145ef8614b457ae3a38f19dab67b8e186668353337926c9160f83cc032a83'

/** Every such digest there ever was: a home that began under an earlier one goes on under it. Append only. */
export const foundingDigests: readonly string[] = [foundingDigest]
