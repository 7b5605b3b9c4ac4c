/** Why a call waits for a person: everything that its grants and the policy ask for, in words, and nothing else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain } from '../../../test/harness/small-domain.ts'
import { sha256Hex } from '../../base/hash.ts'
import { id } from '../../base/ids.ts'
import type { Caveats } from '../capability/terms.ts'
import { decide } from '../decide.ts'
import type { Verdict } from '../event.ts'
import type { Judge } from './judge.ts'

const read: Caveats = { selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } } }

/** What bob's call waits for, when he holds `above` and, derived from it, `own`; null when it does not wait. */
function demandsOf(above: Caveats, own: Caveats = {}): readonly string[] | null {
  const domain = new SmallDomain()
  domain.grant({ ...read, ...above })
  domain.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats: own })
  const [event] = domain.call('tools/read', {}, 4, undefined, 2).events
  assert.ok(event?.kind === 'call.held' || event?.kind === 'call.admitted')
  return event.kind === 'call.held' ? event.body.demands : null
}

test('any level that asks makes a call wait, and so does any number of approvals', () => {
  assert.equal(demandsOf({}), null)
  for (const asks of [{ ask: true }, { approvals: 1 }, { approvals: 1, ask: true }] as const) {
    assert.deepEqual(demandsOf(asks), ['the capability asks for approval'])
    assert.deepEqual(demandsOf({}, asks), ['the capability asks for approval'])
  }
})

test('where several must approve, it is said how many, and it is the most that any level asks for', () => {
  const three = ['the capability asks for approval by 3 different operators']
  assert.deepEqual(demandsOf({ approvals: 3 }), three)
  assert.deepEqual(demandsOf({ approvals: 3 }, { approvals: 2, ask: true }), three)
  assert.deepEqual(demandsOf({ approvals: 2 }, { approvals: 3 }), three)
})

test('four eyes are asked for by any one level', () => {
  for (const [above, own] of [
    [{ fourEyes: true }, {}],
    [{}, { fourEyes: true }],
  ] as const)
    assert.deepEqual(demandsOf(above, own), ['the capability asks for four eyes'])
})

test('what joins a use asks too', () => {
  const domain = new SmallDomain()
  const bea = domain.enrol('bea')
  domain.grant({ ...read, quorum: 2 })
  const caveats = { ...read, ask: true } as const
  domain.order({ do: 'capability.grant', holder: id(4), object: id(2), caveats }, { operator: bea })
  const [event] = domain.call('tools/read', {}, 4, undefined, 1).events
  assert.deepEqual(event?.kind === 'call.held' && event.body.demands, ['the capability asks for approval'])
})

test('a policy’s reasons make a call wait only where it asks', () => {
  const verdictOf = (effect: Verdict['effect']): string | undefined => {
    const domain = new SmallDomain()
    domain.grant(read)
    const verdict: Verdict = { effect, version: 'strict', reasons: ['it is late'] }
    const judge: Judge = { version: 'strict', judge: () => verdict }
    const [event] = decide(
      domain.state,
      {
        kind: 'call.request',
        at: id(domain.now),
        process: id(4),
        designation: { object: id(2) },
        selector: 'tools/read',
        arguments: {},
        payload: { commitment: sha256Hex('{}'), length: 2, bytes: null },
        nonce: '0'.repeat(32),
        saltedDigest: () => 's',
      },
      judge,
    ).events
    if (event?.kind === 'call.held') assert.deepEqual(event.body.demands, ['it is late'])
    return event?.kind
  }
  assert.equal(verdictOf('allow'), 'call.admitted')
  assert.equal(verdictOf('ask'), 'call.held')
  assert.equal(verdictOf('deny'), 'syscall.refused')
})
