/**
 * The canon: rules that hold whatever was granted and whoever asks, compiled in and evaluated before
 * anything else. Their text is hashed into the ledger's first event; a kernel whose canon differs from its
 * ledger's does not start.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { EffectClass } from '../effect.ts'
import type { Refusal } from '../refusal.ts'
import { refusal } from '../refusal.ts'
import type { Driver } from '../state.ts'

/** What a canon rule may look at: never who granted what. */
export interface CanonQuestion {
  readonly selector: string
  /** Null for a selector the driver's manifest does not pin. */
  readonly effect: EffectClass | null
  /** Null when the object is not served by a driver. */
  readonly driver: Driver | null
  /** True when the process that asks is the driver's own. */
  readonly byDriver: boolean
}

interface CanonRule {
  readonly name: string
  readonly text: string
  readonly forbids: (question: CanonQuestion) => boolean
}

/** Bumped with every amendment. */
export const canonVersion = 1

const rules: readonly CanonRule[] = Object.freeze([
  {
    name: 'single-gate',
    text: 'An effect is reached only through a selector that an operator pinned in a driver’s manifest.',
    forbids: ({ driver, effect }) => driver === null || effect === null,
  },
  {
    name: 'human-sovereignty',
    text: 'No process changes authority, policy, canon or trust; it may only narrow what it already holds.',
    forbids: ({ effect }) => effect === 'govern',
  },
  {
    name: 'no-reverse-authority',
    text: 'What a driver may ask of its client is the driver’s to hold; no agent calls it.',
    forbids: ({ selector, byDriver }) => selector.startsWith('client/') !== byDriver,
  },
])

/** SHA-256 in hex of the canon's canonical text. */
export const canonDigest: string = sha256Hex(
  canonicalJson({ version: canonVersion, rules: rules.map(({ name, text }) => ({ name, text })) }),
)

/** Why the canon forbids it, or null. */
export function whyAgainstCanon(question: CanonQuestion): Refusal | null {
  const broken = rules.find((rule) => rule.forbids(question))
  if (broken === undefined) return null
  return refusal('canon', `Canon, ${broken.name}: ${broken.text}`, 'Nothing can grant this.')
}
