/**
 * The canon, folded a second time: every amendment is the next version of the one before, by digest, and really
 * signed by enough keyholders of both sets, whose keys count at that moment. What its rules forbid is read here from
 * their words.
 */
import { createHash, createPublicKey, verify } from 'node:crypto'
import type { EventOf } from '../../../src/kernel/event.ts'
import { canonical } from './constraint.ts'
import { condemn } from './fold-authority.ts'
import type { Model } from './model.ts'
import { demand } from './violation.ts'

interface Holder {
  readonly publicKey: string
  readonly expiresAt?: number
}

/** What of a canon can be held against events. */
export interface Charter {
  version: number
  digest: string
  keyholders: readonly Holder[]
  threshold: number
  rules: readonly { readonly rule: string; readonly [term: string]: unknown }[]
}

/** Before the first event. */
export function emptyCharter(): Charter {
  return { version: 0, digest: '', keyholders: [], threshold: 1, rules: [] }
}

/** The canon that a domain begins under. */
export function foldFounded(model: Model, { body }: EventOf<'domain.created'>): void {
  demand(model.charter.version === 0, 'I12 canon', 'the domain was made twice')
  model.charter.version = body.canonVersion
  model.charter.digest = body.canonDigest
}

/** Another canon is put in force. */
export function foldAmended(model: Model, event: EventOf<'canon.amended' | 'canon.acknowledged'>): void {
  const { version, digest, canon } = event.body
  const { charter } = model
  const text = canonical(canon)
  demand(createHash('sha256').update(text).digest('hex') === digest, 'I12 canon', 'a canon is not its digest')
  demand(canon.version === version, 'I12 canon', 'a canon has another number than its text')
  for (const rule of ['single-gate', 'human-sovereignty', 'no-reverse-authority'])
    demand(
      canon.rules.some((each) => each.rule === rule),
      'I12 canon',
      `a canon is without ${rule}`,
    )
  if (event.kind === 'canon.acknowledged') {
    const said = model.events.at(-1)
    demand(said?.kind === 'statement.accepted', 'I12 canon', 'a canon came without a statement')
    const named = (JSON.parse(said.body.text) as { canon: { version: number; digest: string } }).canon
    demand(named.version === version && named.digest === digest, 'I12 canon', 'no statement names this canon')
  }
  if (event.kind === 'canon.amended') {
    demand(
      version === charter.version + 1 && canon.previous === charter.digest,
      'I12 canon',
      'a version was left out',
    )
    demand(canon.threshold >= 2, 'I12 canon', 'one person could amend the canon')
    const signers = new Set(event.body.signatures.map(({ publicKey }) => publicKey))
    const bytes = Buffer.from(`custos-canon-v1\n${text}`)
    for (const { publicKey, signature } of event.body.signatures)
      demand(verifies(publicKey, bytes, signature), 'I12 canon', 'a keyholder never signed this')
    for (const set of [inForce(model), canon]) {
      const count = set.keyholders.filter(
        (one) => signers.has(one.publicKey) && counts(model, one, event.at),
      ).length
      demand(count >= set.threshold, 'I12 canon', `${count} of ${set.threshold} keyholders amended the canon`)
    }
  }
  model.charter = {
    version,
    digest,
    keyholders: canon.keyholders,
    threshold: canon.threshold,
    rules: canon.rules,
  }
  condemn(
    model,
    [...model.active.values()].filter(({ stage }) => stage !== 'admitted'),
  )
}

function inForce({ charter, realm }: Model): Pick<Charter, 'keyholders' | 'threshold'> {
  if (charter.keyholders.length > 0) return charter
  const founder = [...realm.people.values()].find(
    ({ level, status }) => level === 'sovereign' && status === 'active',
  )
  return {
    keyholders: founder === undefined ? [] : [{ publicKey: founder.key }],
    threshold: charter.threshold,
  }
}

function counts({ realm }: Model, { publicKey, expiresAt = Infinity }: Holder, at: number): boolean {
  const isGone = [...realm.people.values()].some(
    ({ key, status }) => key === publicKey && status !== 'active',
  )
  return at < expiresAt && !isGone && !realm.goneKeys.has(publicKey)
}

function verifies(publicKey: string, bytes: Uint8Array, signature: string): boolean {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: publicKey }, format: 'jwk' })
  return verify(null, bytes, key, Buffer.from(signature, 'base64url'))
}

/** True when some rule of the canon in force says that nobody calls this. Patterns here are a prefix and a star. */
export function isNever({ charter }: Model, selector: string, effect: string): boolean {
  return charter.rules.some(({ rule, effects, selectors }) => {
    if (rule !== 'never') return false
    const isEffect = effects === undefined || (effects as readonly string[]).includes(effect)
    const isNamed = (pattern: string): boolean =>
      pattern.endsWith('*') ? selector.startsWith(pattern.slice(0, -1)) : selector === pattern
    return isEffect && (selectors === undefined || (selectors as readonly string[]).some(isNamed))
  })
}

/** Stops at a grant that outlives what the canon allows. */
export function demandLifetime({ charter }: Model, { at, body }: EventOf<'capability.granted'>): void {
  for (const { rule, lifetimeMs } of charter.rules) {
    const isShort = (body.caveats.expiresAt ?? Infinity) <= at + Number(lifetimeMs)
    demand(
      rule !== 'longest-grant' || isShort,
      'I12 canon',
      `c${body.capability} outlives what the canon allows`,
    )
  }
}
