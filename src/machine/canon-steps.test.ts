/** That a snapshot's canon is believed for the keyholders' signatures, and for nothing else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amend, domainFoundedBy, keyholder, nextCanon, signatureOf } from '../../test/harness/canon-domain.ts'
import { SmallDomain } from '../../test/harness/small-domain.ts'
import { digestOf } from '../kernel/canon/document.ts'
import { evolve } from '../kernel/evolve.ts'
import { stateBytes, stateOfBytes } from '../kernel/snapshot/state-bytes.ts'
import { CanonCheck } from './canon-check.ts'
import type { CanonStep } from './canon-steps.ts'
import { readSteps, signaturesOf, stepsText } from './canon-steps.ts'

/** A domain whose canon was amended twice, and how. */
function amendedTwice(): { domain: SmallDomain; steps: readonly CanonStep[] } {
  const domain = domainFoundedBy('founder')
  const folded = stateOfBytes(stateBytes(domain.state))
  const before = domain.log.length
  for (const signers of [
    ['founder', 'grace', 'ada'],
    ['grace', 'ada'],
  ]) {
    const canon = nextCanon(domain.state, [keyholder('grace'), keyholder('ada')], 2)
    const signatures = signers.map((name) => signatureOf(name, canon))
    assert.equal(amend(domain, canon, signatures).refusal, null)
  }
  const check = new CanonCheck()
  for (const event of domain.log.slice(before)) {
    check.see(folded, event)
    evolve(folded, event)
  }
  return { domain, steps: check.steps }
}

test('a canon that keyholders signed, each amendment in its turn, is believed', () => {
  const { domain, steps } = amendedTwice()
  const read = readSteps(stepsText(steps), domain.state)
  if (!read.ok) assert.fail(read.error)
  assert.equal(read.value.length, 2)
  const { canon } = domain.state.domain ?? {}
  assert.ok(canon !== undefined)
  assert.deepEqual(signaturesOf(read.value), [signatureOf('grace', canon), signatureOf('ada', canon)])
})

test('a canon that nobody amended is a founding one, with nothing to show for it', () => {
  const { state } = new SmallDomain()
  assert.ok(readSteps(stepsText([]), state).ok)
  const { domain } = state
  assert.ok(domain !== null)
  state.domain = { ...domain, canonDigest: 'ab'.repeat(32) }
  assert.ok(!readSteps(stepsText([]), state).ok)
})

test('an amendment that is missing, changed or signed by somebody else is not', () => {
  const { domain, steps } = amendedTwice()
  const [first, second] = steps
  assert.ok(first?.event.kind === 'canon.amended' && second !== undefined)
  const stranger = { ...first.event.body, signatures: [signatureOf('mallory', first.event.body.canon)] }
  const other = { ...first.event.body.canon, threshold: 0 }
  const changed = { ...first.event.body, canon: other, digest: digestOf(other) }
  const wrong: readonly (readonly CanonStep[])[] = [
    [],
    [first],
    [second],
    [second, first],
    [{ ...first, event: { ...first.event, body: stranger } }, second],
    [{ ...first, event: { ...first.event, body: changed } }, second],
  ]
  for (const [index, some] of wrong.entries())
    assert.ok(!readSteps(stepsText(some), domain.state).ok, `case ${index}`)
  for (const text of ['', '[]', '{}', 'null', '["array",{}]'])
    assert.ok(!readSteps(text, domain.state).ok, text)
})
