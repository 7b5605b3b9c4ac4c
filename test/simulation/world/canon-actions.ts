/**
 * Keyholders of a simulated domain amend its canon, or try to with too few signatures, a wrong one, or over a version
 * that is not the next. Their signatures are real in every seed, because nothing stands in for the core's verifier.
 */
import type { KeyObject } from 'node:crypto'
import { createHash, sign } from 'node:crypto'
import { toBase64url } from '../../../src/base/base64url.ts'
import { publicKeyOf } from '../../../src/base/signature.ts'
import type { CanonDocument, CanonRule, Keyholder } from '../../../src/kernel/canon/document.ts'
import { signedBytes } from '../../../src/kernel/canon/document.ts'
import { canonOf } from '../../../src/kernel/canon/evaluate.ts'
import { firstEdition } from '../../../src/kernel/canon/first-edition.ts'
import type { State } from '../../../src/kernel/state.ts'
import { privateKeyOf } from './keys.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

const names = ['kim', 'lee', 'max', 'nia', 'oki'] as const
/** The first operator's key, as `keys.ts` has it: the founding canon's one keyholder. */
const founderSeed = new Uint8Array(32).fill(9)
const seedOf = (name: string): Uint8Array =>
  name === 'founder' ? founderSeed : createHash('sha256').update(`keyholder ${name}`).digest()
/** Made once: making a key takes longer than signing with it. */
const privateKeys = new Map<string, KeyObject>()

function signatureOf(name: string, bytes: Uint8Array): string {
  const key = privateKeys.get(name) ?? privateKeyOf(seedOf(name))
  privateKeys.set(name, key)
  return toBase64url(sign(null, bytes, key))
}

const keys = new Map([...names, 'founder'].map((name) => [name, publicKeyOf(seedOf(name))]))

const rules: readonly CanonRule[] = [
  { rule: 'never', article: 'single-gate', selectors: ['tools/s*'] },
  { rule: 'never', article: 'single-gate', effects: ['spend'] },
  {
    rule: 'never',
    article: 'single-gate',
    effects: ['change', 'act'],
    selectors: ['tools/write', 'tools/buy'],
  },
  { rule: 'four-eyes', article: 'human-sovereignty', orders: ['driver.update'] },
  { rule: 'longest-grant', article: 'human-sovereignty', lifetimeMs: 2_000_000 },
]

/** Puts another canon in force, or tries to: by an order here, or by one to the sovereign, which then says so. */
export function amendCanon(world: World, here: State | undefined): void {
  const sovereign = world.sovereign?.sovereign
  const state = sovereign === undefined ? here : sovereign.state
  if (state === undefined || state.domain === null) return
  const { random, operator } = world
  const canon = proposed(random, state, world.now())
  const now = canonOf(state).keyholders.map(({ name }) => name)
  const signers = new Set(
    random.percent(50) ? [...now, 'founder', ...names] : [...now, ...names].filter(() => random.percent(30)),
  )
  const other = random.percent(92) ? canon : { ...canon, threshold: canon.threshold + 1 }
  const signatures = [...signers].map((name) => ({
    publicKey: keys.get(name) ?? '',
    signature: signatureOf(name, signedBytes(other)),
  }))
  if (sovereign === undefined)
    return operator.order({ do: 'canon.amend', canon, signatures } as { do: string })
  sovereign.order({ do: 'canon.amend', canon, signatures })
}

function proposed(random: Random, { domain }: State, at: number): CanonDocument {
  const chosen = names.filter(() => random.percent(70))
  const keyholders = (chosen.length < 2 ? names : chosen).map((name): Keyholder => {
    const expires = random.percent(40) ? { expiresAt: at + random.between(1, 30_000) } : {}
    return { name, publicKey: keys.get(name) ?? '', ...expires }
  })
  const version = (domain?.canonVersion ?? 0) + (random.percent(95) ? 1 : 2)
  const previous = random.percent(95) ? (domain?.canonDigest ?? '') : 'f'.repeat(64)
  const more = random.percent(60) ? [random.pick(rules)] : []
  return {
    version,
    previous,
    articles: firstEdition.articles,
    rules: [...firstEdition.rules, ...more],
    keyholders,
    threshold: random.between(2, Math.min(3, keyholders.length)),
  }
}
