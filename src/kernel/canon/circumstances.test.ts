/**
 * What is recorded of the canon and the code, and what is refused: who ordered it, what ends because of it, and that
 * the order behind it counts once.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  amend,
  domainFoundedBy,
  keyholder,
  nextCanon,
  signatureOf,
} from '../../../test/harness/canon-domain.ts'
import { SmallDomain, kinds } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import { recorder } from '../decision.ts'
import { evolve } from '../evolve.ts'
import { parseOrder } from '../sovereign/parse-order.ts'
import { acknowledgeCanon } from './amend.ts'
import type { CanonDocument, CanonSignature } from './document.ts'
import { digestOf } from './document.ts'

const ada = { kind: 'operator', id: 1 } as const

/** The next canon of a domain that `founder` founded, and enough signatures. */
function amendment(domain: SmallDomain): { canon: CanonDocument; signatures: readonly CanonSignature[] } {
  const canon = nextCanon(domain.state, [keyholder('a'), keyholder('b')], 2)
  return { canon, signatures: ['founder', 'a', 'b'].map((name) => signatureOf(name, canon)) }
}

test('an amendment is its operator’s, in full, and what waited under the old canon is withdrawn because of it', () => {
  const domain = domainFoundedBy('founder')
  const where = { '*': { arguments: {}, open: true } } as const
  domain.grant({ selectors: ['tools/read'], where, ask: true })
  domain.call('tools/read', {})
  const { canon, signatures } = amendment(domain)
  const { events } = amend(domain, canon, signatures)
  const [amended, lapsed, ...more] = events
  assert.ok(amended?.kind === 'canon.amended' && lapsed !== undefined)
  assert.deepEqual([amended.actor, amended.cause, amended.authority, more], [ada, 0, null, []])
  const { signed, ...body } = amended.body
  assert.deepEqual(body, { version: 2, digest: digestOf(canon), canon, signatures })
  assert.equal((JSON.parse(signed.record) as JsonObject)['operator'], 1)
  assert.deepEqual([lapsed.kind, lapsed.actor.kind, lapsed.cause], ['call.lapsed', 'kernel', amended.seq])
  assert.deepEqual(lapsed.body, { call: 1, reason: 'withdrawn' })
})

test('an amendment that does not follow what is in force is refused as that', () => {
  const domain = domainFoundedBy('founder')
  const { canon } = amendment(domain)
  for (const [changed, message] of [
    [{ version: 3 }, 'This is not the version after the one in force.'],
    [{ previous: 'f'.repeat(64) }, 'This amends another canon than the one in force.'],
  ] as const) {
    const other = { ...canon, ...changed }
    const signatures = ['founder', 'a', 'b'].map((name) => signatureOf(name, other))
    const { refusal } = amend(domain, other, signatures)
    assert.deepEqual([refusal?.code, refusal?.message], ['version-mismatch', message])
    assert.equal(domain.state.domain?.canonVersion, 1)
  }
})

test('an order about the canon or the code counts once', () => {
  const domain = domainFoundedBy('founder')
  const nonce = 'a'.repeat(32)
  const first = domain.order({ do: 'code.accept', digest: 'a'.repeat(64) }, { nonce })
  const [accepted] = first.events
  assert.ok(accepted?.kind === 'code.accepted')
  assert.deepEqual([accepted.actor, accepted.body.digest], [ada, 'a'.repeat(64)])
  assert.equal(domain.state.nonces.has(nonce), true)
  const again = domain.order({ do: 'code.accept', digest: 'b'.repeat(64) }, { nonce })
  assert.notEqual(again.refusal, null)
  const before = domain.state.nonces.size
  const { canon, signatures } = amendment(domain)
  amend(domain, canon, signatures)
  assert.equal(domain.state.nonces.size, before + 1)
})

test('a member takes over exactly the canon that is named, by version and by digest', () => {
  const domain = domainFoundedBy('founder')
  const { canon } = amendment(domain)
  const answer = (named: { version: number; digest: string }, text?: CanonDocument) => {
    const recorded = recorder(domain.state, id(domain.now))
    const refused = acknowledgeCanon(domain.state, recorded, named, text)
    return [refused?.code ?? null, recorded.events.map(({ kind }) => kind)]
  }
  const inForce = { version: 1, digest: domain.state.domain?.canonDigest ?? '' }
  const named = { version: 2, digest: digestOf(canon) }
  assert.deepEqual(answer(inForce), [null, []], 'what is in force already is nothing new')
  assert.deepEqual(answer(named, canon), [null, ['canon.acknowledged']])
  for (const [other, text] of [
    [named, undefined],
    [{ ...inForce, digest: named.digest }, undefined],
    [{ ...named, digest: inForce.digest }, undefined],
    [{ ...named, version: 3 }, canon],
    [{ ...named, digest: 'f'.repeat(64) }, canon],
    [named, { ...canon, threshold: 1 }],
  ] as const)
    assert.deepEqual(answer(other, text), ['version-mismatch', []])
})

test('what waited for a person under the canon before is withdrawn when a member takes another over', () => {
  const domain = domainFoundedBy('founder')
  const where = { '*': { arguments: {}, open: true } } as const
  domain.grant({ selectors: ['tools/read'], where, ask: true })
  domain.call('tools/read', {})
  const { canon } = amendment(domain)
  const recorded = recorder(domain.state, id(domain.now))
  acknowledgeCanon(domain.state, recorded, { version: 2, digest: digestOf(canon) }, canon)
  assert.deepEqual(kinds({ events: recorded.events, refusal: null }), ['canon.acknowledged', 'call.lapsed'])
  for (const event of recorded.events) evolve(domain.state, event)
  const { canonVersion, canonDigest, canon: inForce } = domain.state.domain ?? {}
  assert.deepEqual([canonVersion, canonDigest, inForce], [2, digestOf(canon), canon])
})

test('an amendment is read whole, and any member that is missing, strange or too many refuses it', () => {
  const domain = domainFoundedBy('founder')
  const { canon, signatures } = amendment(domain)
  const order = (command: JsonObject): JsonObject => ({
    command,
    domain: 'main',
    operator: 1,
    nonce: 'a'.repeat(32),
    policyVersion: 'builtin-1',
    canonVersion: 1,
    time: domain.now,
  })
  const command = { do: 'canon.amend', canon, signatures } as unknown as JsonObject
  const { canon: _canon, ...withoutCanon } = command
  const { signatures: _signatures, ...withoutSignatures } = command
  const [first = {}] = signatures as unknown as readonly JsonObject[]
  assert.deepEqual(parseOrder(order(command)), { ok: true, value: order(command) })
  for (const [wrong, where] of [
    [withoutCanon, 'canon'],
    [withoutSignatures, 'signatures'],
    [{ ...command, more: 1 }, 'more'],
    [{ ...command, canon: null }, 'canon'],
    [{ ...command, canon: [] }, 'canon'],
    [{ ...command, signatures: {} }, 'signatures'],
    [{ ...command, signatures: [{ ...first, signature: 1 }] }, 'signature'],
    [{ ...command, signatures: Array.from({ length: 65 }, () => first) }, 'signatures'],
  ] as readonly (readonly [JsonObject, string])[]) {
    const parsed = parseOrder(order(wrong))
    assert.ok(!parsed.ok && parsed.error.includes(where), where)
  }
})
