/** The canon is the first judgement on every path: whatever else is wrong, or right, its answer is the one given. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../../base/ids.ts'
import { domainUnder, keyholder } from '../../../test/harness/canon-domain.ts'
import { kinds } from '../../../test/harness/small-domain.ts'
import type { SmallDomain } from '../../../test/harness/small-domain.ts'
import type { CommandKind, OrderAction } from '../command.ts'
import { stages } from '../gate/passage.ts'
import type { CanonRule } from './document.ts'

const open = { '*': { arguments: {}, open: true } } as const
const rules: readonly CanonRule[] = [
  { rule: 'never', article: 'single-gate', selectors: ['tools/w*'], effects: ['change'] },
  { rule: 'longest-grant', article: 'human-sovereignty', lifetimeMs: 60_000 },
]
const under = (): SmallDomain => domainUnder([keyholder('a'), keyholder('b')], 2, rules)
const soon = (domain: SmallDomain): { readonly expiresAt: never } => ({
  expiresAt: id<never>(domain.now + 60_000),
})

test('the gate’s stages are fixed, the canon is the first that judges, and nothing can be put before it', () => {
  const names = stages.map(([name]) => name)
  assert.deepEqual(names, ['halted', 'canon', 'capability', 'policy', 'budget', 'approval'])
  const writable = stages as unknown as unknown[]
  assert.throws(() => writable.unshift(['before', () => null]), TypeError)
  assert.throws(() => writable.splice(1, 1), TypeError)
  assert.throws(() => void (writable[1] = ['canon', () => null]), TypeError)
  assert.throws(() => Object.defineProperty(stages, 'length', { value: 0 }), TypeError)
  assert.equal(Object.isFrozen(stages), true)
})

test('a call that the canon forbids hears of the canon, whatever else is wrong with it', () => {
  const wrongs: readonly ((domain: SmallDomain) => void)[] = [
    () => undefined,
    (domain) => void (domain.now += 60_001),
    (domain) => void domain.order({ do: 'capability.revoke', capability: id(1) }),
    (domain) =>
      void domain.do({
        kind: 'driver.detach',
        driver: id(2),
        incarnation: 1,
        reason: '',
        undispatched: new Set(),
      }),
    (domain) => void domain.attach('changed'),
  ]
  for (const [index, spoil] of wrongs.entries()) {
    const domain = under()
    domain.grant({ selectors: ['tools/write', 'tools/read'], where: {}, uses: 1, ...soon(domain) })
    spoil(domain)
    const decision = domain.call('tools/write', { n: 1 })
    assert.equal(decision.refusal?.code, 'canon', `case ${index}`)
    assert.deepEqual(kinds(decision), ['syscall.refused'])
  }
})

test('a grant that the canon forbids hears of the canon before anybody asks who gave it', () => {
  const orders: readonly ((domain: SmallDomain, order: OrderAction) => ReturnType<SmallDomain['order']>)[] = [
    (domain, order) => domain.order(order),
    (domain, order) => domain.order(order, { valid: false }),
    (domain, order) => domain.order(order, { operator: 77 }),
    (domain, order) => domain.order(order, { time: 1 }),
  ]
  for (const [index, give] of orders.entries()) {
    for (const expiresAt of [undefined, 60_001]) {
      const domain = under()
      const until = expiresAt === undefined ? {} : { expiresAt: id<never>(domain.now + expiresAt) }
      const caveats = { selectors: ['tools/read'], where: open, ...until }
      const decision = give(domain, { do: 'capability.grant', holder: id(4), object: id(2), caveats })
      assert.equal(decision.refusal?.code, 'canon', `case ${index}`)
      assert.deepEqual(kinds(decision), ['order.refused'])
    }
  }
  const domain = under()
  const within = domain.grant({ selectors: ['tools/read'], where: open, ...soon(domain) })
  assert.deepEqual(kinds(within), ['capability.granted'])
})

/** Where each kind of command meets the canon. Whoever adds a kind says here why nothing gets past it. */
const meets: { readonly [K in CommandKind]: 'asked' | 'asked at dispatch' | 'lets nothing through' } = {
  'domain.create': 'lets nothing through',
  'kernel.boot': 'lets nothing through',
  order: 'asked',
  'driver.attach': 'lets nothing through',
  'driver.detach': 'lets nothing through',
  'call.request': 'asked',
  'call.cancel': 'lets nothing through',
  'call.recheck': 'asked',
  'call.settle': 'lets nothing through',
  // What is derived is narrower than its parent, and a call under it is asked about like any other.
  'capability.derive': 'asked at dispatch',
  'capability.move': 'asked at dispatch',
  'capability.revoke': 'lets nothing through',
  'process.spawn': 'lets nothing through',
  'process.end': 'lets nothing through',
  'syscall.refuse': 'lets nothing through',
  'refusals.flush': 'lets nothing through',
  'statement.issue': 'lets nothing through',
  'statement.accept': 'lets nothing through',
  'domain.acknowledge': 'lets nothing through',
  'timer.set': 'lets nothing through',
  'timer.cancel': 'lets nothing through',
  'scope.halt': 'lets nothing through',
  'drill.record': 'lets nothing through',
  'payload.read': 'lets nothing through',
  'erasure.complete': 'lets nothing through',
  'ledger.recover': 'lets nothing through',
  'ledger.guard': 'lets nothing through',
  'clock.tick': 'lets nothing through',
}

test('every kind of command is known to meet the canon, or to let nothing through', () => {
  assert.equal(Object.values(meets).filter((how) => how === 'asked').length, 3)
})

test('a capability derived from what was granted does not lead past the canon', () => {
  const domain = under()
  domain.grant({ selectors: ['tools/write'], where: open, ...soon(domain) })
  domain.order({
    do: 'capability.grant',
    holder: id(4),
    object: id(6),
    caveats: { selectors: ['capability/receive'], where: open, ...soon(domain) },
  })
  const derived = domain.do({
    kind: 'capability.derive',
    process: id(4),
    handle: id(1),
    holder: id(6),
    caveats: {},
  })
  assert.deepEqual(kinds(derived), ['capability.derived'])
  assert.equal(domain.call('tools/write', {}, 6).refusal?.code, 'canon')
})
