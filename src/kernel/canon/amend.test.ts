/** Who can amend the canon: exactly a quorum of both sets, over the next version of the one in force. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../../base/ids.ts'
import {
  amend,
  domainFoundedBy,
  domainUnder,
  keyholder,
  nextCanon,
  signatureOf,
} from '../../../test/harness/canon-domain.ts'
import { kinds, start } from '../../../test/harness/small-domain.ts'
import type { SmallDomain } from '../../../test/harness/small-domain.ts'
import { whyNoAmendment } from './amend.ts'
import type { CanonDocument, CanonSignature, Keyholder } from './document.ts'
import { digestOf } from './document.ts'

const five = ['a', 'b', 'c', 'd', 'e']
const threshold = 3
const later = start + 86_400_000

const all = five.map((name) => keyholder(name))
const subsets = Array.from({ length: 2 ** five.length }, (_, bits) =>
  five.filter((_name, at) => (bits >> at) & 1),
)

/** How many of `names` are among `set` and still count. */
const among = (names: readonly string[], set: readonly string[]): number =>
  set.filter((name) => names.includes(name)).length

/** What the kernel answers to an amendment, without changing anything. The verdicts are remembered per signature. */
function accepts(domain: SmallDomain, canon: CanonDocument, signatures: readonly CanonSignature[]): boolean {
  const verdicts = signatures.map(() => true)
  return whyNoAmendment(domain.state, { do: 'canon.amend', canon, signatures }, verdicts, domain.now) === null
}

const signed = (canon: CanonDocument, names: readonly string[]): readonly CanonSignature[] =>
  names.map((name) => ({ publicKey: keyholder(name).publicKey, signature: `${name} ${digestOf(canon)}` }))

function withExpiry(name: string): readonly Keyholder[] {
  return five.map((other) => keyholder(other, other === name ? later : undefined))
}

test('every subset of five keyholders amends exactly when it is a quorum, with duplicates counted once', () => {
  const domain = domainUnder(all, threshold)
  const canon = nextCanon(domain.state, all, threshold)
  for (const names of subsets) {
    assert.equal(accepts(domain, canon, signed(canon, names)), names.length >= threshold, names.join())
    for (const twice of names) {
      const doubled = signed(canon, [...names, twice, twice])
      assert.equal(accepts(domain, canon, doubled), names.length >= threshold, `${names.join()} and ${twice}`)
    }
  }
})

test('whoever has expired does not count, in the set in force and in the set to come', () => {
  for (const expired of five) {
    const others = five.filter((name) => name !== expired)
    const before = domainUnder(withExpiry(expired), threshold)
    const after = domainUnder(all, threshold)
    for (const names of subsets) {
      before.now = later - 1
      const canon = nextCanon(before.state, all, threshold)
      assert.equal(accepts(before, canon, signed(canon, names)), names.length >= threshold)
      before.now = later
      assert.equal(accepts(before, canon, signed(canon, names)), among(names, others) >= threshold)
      after.now = later
      const coming = nextCanon(after.state, withExpiry(expired), threshold)
      assert.equal(accepts(after, coming, signed(coming, names)), among(names, others) >= threshold)
    }
  }
})

test('whose operator’s key was lost or revoked does not count', () => {
  for (const reason of ['lost', 'revoked'] as const) {
    for (const gone of five) {
      const domain = domainUnder(all, threshold)
      const person = { ...keyholder(gone), id: id<never>(90), level: 'sovereign', status: reason } as const
      domain.state.operators.set(person.id, person)
      const others = five.filter((name) => name !== gone)
      const canon = nextCanon(domain.state, all, threshold)
      for (const names of subsets)
        assert.equal(accepts(domain, canon, signed(canon, names)), among(names, others) >= threshold)
    }
  }
})

test('a key that its operator replaced does not count again, whatever became of the loss', () => {
  const domain = domainUnder(all, threshold)
  const person = { ...keyholder('a'), id: id<never>(90), level: 'sovereign' } as const
  domain.state.operators.set(person.id, person)
  const other = keyholder('z').publicKey
  const order = { do: 'operator.rotate', operator: person.id, publicKey: other, proof: 'p' } as const
  assert.deepEqual(kinds(domain.order(order)), ['operator.rotated'])
  const canon = nextCanon(domain.state, all, threshold)
  for (const names of subsets)
    assert.equal(accepts(domain, canon, signed(canon, names)), among(names, five.slice(1)) >= threshold)
})

test('another version or another predecessor is never accepted, and nothing is accepted twice', () => {
  const domain = domainUnder(all, threshold)
  const canon = nextCanon(domain.state, all, threshold)
  for (const names of subsets) {
    for (const changed of [
      { version: canon.version - 1 },
      { version: canon.version + 1 },
      { previous: 'f'.repeat(64) },
      { previous: digestOf(canon) },
    ]) {
      const other = { ...canon, ...changed }
      assert.equal(accepts(domain, other, signed(other, names)), false)
    }
  }
  assert.equal(
    amend(
      domain,
      canon,
      five.map((name) => signatureOf(name, canon)),
    ).refusal,
    null,
  )
  for (const names of subsets) assert.equal(accepts(domain, canon, signed(canon, names)), false, 'replayed')
})

test('both sets must agree: the old one alone and the new one alone are refused', () => {
  const domain = domainUnder(all, threshold)
  const next = ['d', 'e', 'f', 'g', 'h']
  const canon = nextCanon(
    domain.state,
    next.map((name) => keyholder(name)),
    4,
  )
  const everybody = [...new Set([...five, ...next])]
  for (let bits = 0; bits < 2 ** everybody.length; bits += 1) {
    const names = everybody.filter((_name, at) => (bits >> at) & 1)
    const expected = among(names, five) >= threshold && among(names, next) >= 4
    assert.equal(accepts(domain, canon, signed(canon, names)), expected, names.join())
  }
  assert.equal(accepts(domain, canon, signed(canon, five)), false, 'the old set only')
  assert.equal(accepts(domain, canon, signed(canon, next)), false, 'the new set only')
})

test('one signature that does not verify refuses the whole amendment', () => {
  const domain = domainUnder(all, threshold)
  const canon = nextCanon(domain.state, all, threshold)
  const good = five.map((name) => signatureOf(name, canon))
  const other = { ...canon, threshold: 2 }
  for (const [at, name] of five.entries()) {
    const bad = good.map((signature, index) => (index === at ? signatureOf(name, other) : signature))
    assert.equal(amend(domain, canon, bad).refusal?.code, 'signature-invalid')
  }
  const order = { do: 'canon.amend', canon, signatures: good } as const
  assert.equal(domain.order(order).refusal?.code, 'signature-invalid', 'without verdicts')
  assert.equal(domain.order(order, { endorsed: [true] }).refusal?.code, 'signature-invalid')
  assert.deepEqual(kinds(amend(domain, canon, good)), ['canon.amended'])
})

test('the founding canon is amended by its founder together with the set to come, and by nobody alone', () => {
  const next = [keyholder('a'), keyholder('b')]
  for (const [names, expected] of [
    [['founder'], 'not-entitled'],
    [['a', 'b'], 'not-entitled'],
    [['founder', 'a'], 'not-entitled'],
    [['founder', 'a', 'b'], undefined],
  ] as const) {
    const domain = domainFoundedBy('founder')
    const canon = nextCanon(domain.state, next, 2)
    const decision = amend(
      domain,
      canon,
      names.map((name) => signatureOf(name, canon)),
    )
    assert.equal(decision.refusal?.code, expected, names.join())
  }
})

test('an operator adds nothing of their own to an amendment, and a process can order none', () => {
  const domain = domainUnder(all, threshold)
  const canon = nextCanon(domain.state, all, threshold)
  const signatures = five.map((name) => signatureOf(name, canon))
  const unsigned = domain.order({ do: 'canon.amend', canon, signatures }, { valid: false, endorsed: [] })
  assert.equal(unsigned.refusal?.code, 'signature-invalid', 'an order must still be an operator’s')
  assert.equal(domain.order({ do: 'canon.amend', canon, signatures: [] }).refusal?.code, 'not-entitled')
})

test('what waits for a person under the old canon waits no longer, and what was let through is asked again', () => {
  const open = { '*': { arguments: {}, open: true } } as const
  const domain = domainFoundedBy('founder')
  domain.grant({ selectors: ['tools/read', 'tools/buy'], where: open })
  assert.deepEqual(kinds(domain.call('tools/buy', {})), ['call.held'])
  assert.deepEqual(kinds(domain.call('tools/read', {})), ['call.admitted'])
  const rule = { rule: 'never', article: 'single-gate', selectors: ['tools/r*'] } as const
  const canon = nextCanon(domain.state, [keyholder('a'), keyholder('b')], 2, [rule])
  const signatures = ['founder', 'a', 'b'].map((name) => signatureOf(name, canon))
  assert.deepEqual(kinds(amend(domain, canon, signatures)), ['canon.amended', 'call.lapsed'])
  const stopped = domain.do({ kind: 'call.recheck', call: id(2) })
  assert.equal(stopped.refusal?.code, 'canon')
  assert.deepEqual(kinds(stopped), ['call.settled'])
  assert.equal(domain.call('tools/read', {}).refusal?.code, 'canon')
})

test('accepting code is an operator’s order, and the digest in force is the last one accepted', () => {
  const domain = domainFoundedBy('founder')
  const digest = 'a'.repeat(64)
  assert.equal(
    domain.order({ do: 'code.accept', digest }, { valid: false }).refusal?.code,
    'signature-invalid',
  )
  assert.deepEqual(kinds(domain.order({ do: 'code.accept', digest })), ['code.accepted'])
  assert.equal(domain.state.domain?.codeDigest, digest)
  assert.equal(domain.order({ do: 'code.accept', digest }).refusal?.code, 'bad-request')
})
