/** An amendment reaches every domain by its sovereign's statement, and a domain takes no other canon than that one. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OperatorId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { publicKeyOf } from '../../base/signature.ts'
import {
  endorsementsOf,
  keyholder,
  keyOf,
  nextCanon,
  signatureOf,
} from '../../../test/harness/canon-domain.ts'
import { SmallRealm } from '../../../test/harness/small-realm.ts'
import type { Decision } from '../decision.ts'
import { parseStatement } from '../sovereign/statement.ts'
import type { CanonDocument } from './document.ts'
import { digestOf } from './document.ts'

/** A realm whose sovereign amended the canon; the new statement has not been carried yet. */
function amendedRealm(): { readonly realm: SmallRealm; readonly canon: CanonDocument } {
  const realm = new SmallRealm('main')
  const { sovereign } = realm
  const founder = sovereign.state.operators.get(id<OperatorId>(1))
  assert.ok(founder !== undefined)
  sovereign.state.operators.set(founder.id, { ...founder, publicKey: publicKeyOf(keyOf('founder')) })
  const rule = { rule: 'never', article: 'single-gate', effects: ['act'] } as const
  const canon = nextCanon(sovereign.state, [keyholder('a'), keyholder('b')], 2, [rule])
  const signatures = ['founder', 'a', 'b'].map((name) => signatureOf(name, canon))
  const endorsed = endorsementsOf(canon, signatures)
  const { refusal } = sovereign.order('ada', { do: 'canon.amend', canon, signatures }, { endorsed })
  assert.equal(refusal, null)
  sovereign.do({ kind: 'statement.issue', because: 'change' })
  return { realm, canon }
}

function accept(realm: SmallRealm, canon?: CanonDocument): Decision {
  const text = realm.newestText('main') ?? ''
  const statement = parseStatement(Buffer.from(text))
  const beside = canon === undefined ? {} : { canon }
  const member = realm.member('main')
  return member.do({
    kind: 'statement.accept',
    text,
    signature: 's',
    statement,
    signatureValid: true,
    ...beside,
  })
}

test('a member records the statement and the canon it names together, and acts on it', () => {
  const { realm, canon } = amendedRealm()
  const decision = accept(realm, canon)
  assert.deepEqual(
    decision.events.map(({ kind }) => kind),
    ['statement.accepted', 'canon.acknowledged'],
  )
  const { domain } = realm.member('main').state
  assert.equal(domain?.canonVersion, 2)
  assert.equal(domain.canonDigest, digestOf(canon))
  assert.deepEqual(domain.canon, canon)
})

test('without the text, or with another than the one that is named, the whole statement is refused', () => {
  const { realm, canon } = amendedRealm()
  const before = realm.member('main').state.standing
  for (const wrong of [undefined, { ...canon, threshold: 3 }, { ...canon, version: 3 }]) {
    const decision = accept(realm, wrong)
    assert.equal(decision.refusal?.code, 'version-mismatch')
    assert.equal(decision.events.length, 0)
  }
  assert.equal(realm.member('main').state.standing, before)
  assert.equal(realm.member('main').state.domain?.canonVersion, 1)
})

test('a member hears no amendment but its sovereign’s, whoever orders it', () => {
  const { realm, canon } = amendedRealm()
  const signatures = ['founder', 'a', 'b'].map((name) => signatureOf(name, canon))
  const endorsed = endorsementsOf(canon, signatures)
  const order = { do: 'canon.amend', canon, signatures } as const
  assert.equal(realm.member('main').order('ada', order, { endorsed }).refusal?.code, 'not-entitled')
  const code = { do: 'code.accept', digest: 'a'.repeat(64) } as const
  assert.equal(realm.member('main').order('ada', code).refusal?.code, 'not-entitled')
})
