/** Narrowing in place, and what is refused of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { SmallDomain } from '../../../test/harness/small-domain.ts'
import { limits } from '../limits.ts'
import type { Caveats } from './terms.ts'

const open = { '*': { arguments: {}, open: true } } as const
const read: Caveats = { selectors: ['tools/read'], where: open, rate: { count: 4, perMs: 100 } }

function narrowed(domain: SmallDomain, caveats: Caveats, capability = 1): string {
  const { refusal } = domain.order({ do: 'capability.narrow', capability: id(capability), caveats })
  return refusal?.code ?? 'narrowed'
}

function granted(): SmallDomain {
  const domain = new SmallDomain()
  domain.grant(read)
  return domain
}

test('only a capability that somebody holds is narrowed, and only while its whole chain lives', () => {
  const domain = granted()
  assert.equal(narrowed(domain, { ask: true }, 99), 'not-found')
  domain.grant({ ...read, ask: true })
  domain.order({ do: 'capability.revoke', capability: id(1) })
  assert.equal(narrowed(domain, { ask: true }), 'revoked')
  domain.call('tools/read', { a: 1 })
  const [held] = domain.state.calls.values()
  const digest = held?.approvalDigest ?? ''
  domain.order({ do: 'call.approve', call: id(1), digest, comment: '' }, { waiting: false })
  assert.equal(narrowed(domain, { ask: true }, 3), 'not-found', 'an approval is nobody’s')
  const derived = granted()
  const child = { process: id<never>(4), handle: id<never>(1), holder: id<never>(4), caveats: {} }
  derived.do({ kind: 'capability.derive', ...child })
  derived.order({ do: 'capability.revoke', capability: id(1) })
  assert.equal(narrowed(derived, { ask: true }, 2), 'revoked')
})

test('a narrowing says something, and nothing that is wider', () => {
  const domain = granted()
  assert.equal(narrowed(domain, {}), 'bad-request')
  assert.equal(narrowed(domain, { selectors: ['tools/write'] }), 'too-broad')
  assert.equal(narrowed(domain, { rate: { count: 1, perMs: 99 } }), 'too-broad')
  assert.equal(narrowed(domain, { rate: { count: 5, perMs: 100 } }), 'too-broad')
  assert.equal(narrowed(domain, { rate: { count: 4, perMs: 200 } }), 'narrowed')
  assert.equal(narrowed(domain, { rate: { count: 2, perMs: 200 } }), 'narrowed')
})

test('a limit is put on where there was none, and the narrower of two holds', () => {
  const caveatsAfter = (before: Caveats, ...added: readonly Caveats[]): Caveats | undefined => {
    const domain = new SmallDomain()
    domain.grant({ selectors: ['tools/read'], where: open, ...before })
    for (const caveats of added) assert.equal(narrowed(domain, caveats), 'narrowed')
    return domain.state.capabilities.get(id(1))?.caveats
  }
  assert.deepEqual(caveatsAfter({}, { rate: { count: 1, perMs: 5 } })?.rate, { count: 1, perMs: 5 })
  for (const name of ['approvals', 'quorum'] as const) {
    assert.equal(caveatsAfter({}, { [name]: 2 })?.[name], 2, name)
    assert.equal(caveatsAfter({}, { [name]: 3 }, { [name]: 2 })?.[name], 3, name)
    assert.equal(caveatsAfter({ [name]: 2 }, { [name]: 3 })?.[name], 3, name)
    assert.equal(caveatsAfter({ [name]: 2 }, { ask: true })?.[name], 2, name)
    assert.equal(caveatsAfter({}, { ask: true })?.[name], undefined, name)
  }
  assert.equal(caveatsAfter({}, { fourEyes: true })?.fourEyes, true)
  assert.equal(caveatsAfter({}, { derivable: false })?.derivable, false)
  assert.equal(caveatsAfter({ badge: 'x' }, { ask: true })?.badge, 'x')
  const soon = id<never>(1_700_000_009_000)
  assert.equal(caveatsAfter({}, { expiresAt: soon })?.expiresAt, soon)
})

test('arguments are narrowed so often and no more', () => {
  const domain = granted()
  for (let count = 0; count < limits.narrowings; count += 1)
    assert.equal(narrowed(domain, { where: open }), 'narrowed')
  assert.equal(narrowed(domain, { where: open }), 'limit')
  assert.equal(narrowed(domain, { ask: true }), 'narrowed')
})

test('a call that waits or is under way ends when its selector or its arguments are taken away', () => {
  const where = { '*': { arguments: { a: { constraint: { eq: 1 } } } } } as const
  const cases: readonly (readonly [Caveats, readonly number[], number])[] = [
    [{ ask: true }, [], 2],
    [{ where }, [1, 2], 1],
    [{ where }, [1], 1],
    [{ where }, [], 0],
    [{ selectors: ['tools/write'] }, [], 0],
  ]
  for (const [caveats, known, left] of cases) {
    const domain = new SmallDomain()
    domain.grant({ selectors: ['tools/read', 'tools/write'], where: open })
    for (const a of [1, 2]) domain.call('tools/read', { a })
    const order = { do: 'capability.narrow', capability: id<never>(1), caveats } as const
    const values = new Map(known.map((a) => [id<CallId>(a), { a }]))
    const { events, refusal } = domain.order(order, { arguments: values })
    assert.equal(refusal, null)
    const [event] = events
    assert.ok(event?.kind === 'capability.narrowed')
    assert.equal(event.body.cut.length, 2 - left, JSON.stringify(caveats))
    assert.equal(domain.state.calls.size, left)
    assert.deepEqual(
      [event.actor, event.authority],
      [
        { kind: 'operator', id: 1 },
        { capability: 1, root: 1 },
      ],
    )
  }
})
