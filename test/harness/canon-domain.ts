/**
 * Canons for tests of the kernel: keyholders with real keys, documents that they sign, and a small domain in which
 * an amendment is ordered with the verdicts that the kernel's process would find.
 */
import { sha256 } from '../../src/base/hash.ts'
import type { OperatorId } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import { publicKeyOf, sign } from '../../src/base/signature.ts'
import type { CanonDocument, CanonRule, CanonSignature, Keyholder } from '../../src/kernel/canon/document.ts'
import { digestOf, signedBytes } from '../../src/kernel/canon/document.ts'
import { firstEdition } from '../../src/kernel/canon/first-edition.ts'
import type { Decision } from '../../src/kernel/decision.ts'
import type { State } from '../../src/kernel/state.ts'
import { endorsementsOf } from '../../src/seal/canon-history.ts'

export { endorsementsOf } from '../../src/seal/canon-history.ts'
import { SmallDomain } from './small-domain.ts'

/** The private key of a keyholder of tests, made from the name. */
export function keyOf(name: string): Uint8Array {
  return sha256(`canon keyholder ${name}`)
}

/** A keyholder of tests. */
export function keyholder(name: string, expiresAt?: number): Keyholder {
  return { name, publicKey: publicKeyOf(keyOf(name)), ...(expiresAt === undefined ? {} : { expiresAt }) }
}

/** The signature of one keyholder. */
export function signatureOf(name: string, canon: CanonDocument): CanonSignature {
  const key = keyOf(name)
  return { publicKey: publicKeyOf(key), signature: sign(key, signedBytes(canon)) }
}

/** The version that follows what is in force in `state`. */
export function nextCanon(
  state: State,
  keyholders: readonly Keyholder[],
  threshold: number,
  rules: readonly CanonRule[] = [],
): CanonDocument {
  return {
    version: (state.domain?.canonVersion ?? 0) + 1,
    previous: state.domain?.canonDigest ?? null,
    articles: firstEdition.articles,
    rules: [...firstEdition.rules, ...rules],
    keyholders,
    threshold,
  }
}

/** Orders an amendment, as an operator would whose client found these signatures. */
export function amend(
  domain: SmallDomain,
  canon: CanonDocument,
  signatures: readonly CanonSignature[],
): Decision {
  return domain.order(
    { do: 'canon.amend', canon, signatures },
    { endorsed: endorsementsOf(canon, signatures) },
  )
}

/** A small domain whose one operator, and so whose founding keyholder, is `founder`. */
export function domainFoundedBy(founder: string): SmallDomain {
  const domain = new SmallDomain()
  const ada = domain.state.operators.get(id<OperatorId>(1))
  if (ada === undefined) throw new Error('there is no operator')
  domain.state.operators.set(ada.id, { ...ada, publicKey: publicKeyOf(keyOf(founder)) })
  return domain
}

/** A small domain under a second version of the canon, with these keyholders and rules more. */
export function domainUnder(
  keyholders: readonly Keyholder[],
  threshold: number,
  rules: readonly CanonRule[] = [],
): SmallDomain {
  const domain = domainFoundedBy('founder')
  const canon = nextCanon(domain.state, keyholders, threshold, rules)
  const signers = ['founder', ...keyholders.map(({ name }) => name)]
  const { refusal } = amend(
    domain,
    canon,
    signers.map((name) => signatureOf(name, canon)),
  )
  if (refusal !== null || domain.state.domain?.canonDigest !== digestOf(canon))
    throw new Error(`the canon was not amended: ${refusal?.message}`)
  return domain
}
