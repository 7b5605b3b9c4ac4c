/** Deriving, giving and dropping: who may, and what is left afterwards. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { id } from '../../base/ids.ts'
import { SmallDomain, kinds } from '../../../test/harness/small-domain.ts'
import type { Decision } from '../decision.ts'
import { limits } from '../limits.ts'
import type { Caveats } from './terms.ts'

const open = { '*': { arguments: {}, open: true } } as const
const wide: Caveats = { selectors: ['tools/read', 'tools/write'], where: open }
const [bob, eve] = [4, 6]
const none: ReadonlySet<never> = new Set()

function derive(
  domain: SmallDomain,
  handle: number,
  holder = bob,
  caveats: Caveats = {},
  process = bob,
): Decision {
  const who = { process: id<never>(process), handle: id<never>(handle), holder: id<never>(holder) }
  return domain.do({ kind: 'capability.derive', ...who, caveats })
}

function drop(domain: SmallDomain, capability: number, process = bob): Decision {
  const what = { process: id<never>(process), capability: id<never>(capability), undispatched: none }
  return domain.do({ kind: 'capability.revoke', ...what })
}

/** Bob may give to Eve. */
function mayGive(domain: SmallDomain): void {
  const caveats = { selectors: ['capability/receive'], where: open }
  domain.order({ do: 'capability.grant', holder: id(bob), object: id(eve), caveats })
}

test('a derivation is a child in the tree with the same root, under the next handle of its holder', () => {
  const domain = new SmallDomain()
  domain.grant(wide)
  const [event] = derive(domain, 1, bob, { uses: 2 }).events
  assert.ok(event?.kind === 'capability.derived')
  assert.deepEqual(event.body, { capability: 2, parent: 1, holder: bob, handle: 2, caveats: { uses: 2 } })
  assert.deepEqual(
    [event.actor, event.authority],
    [
      { kind: 'process', id: bob },
      { capability: 1, root: 1 },
    ],
  )
  const made = domain.state.capabilities.get(id(2))
  assert.deepEqual([made?.root, made?.depth, made?.object, made?.grantedBy], [1, 1, 2, 1])
})

test('only what is held can be derived from, and a refusal is recorded', () => {
  const domain = new SmallDomain()
  domain.grant(wide)
  for (const handle of [2, 99]) {
    const refused = derive(domain, handle)
    assert.equal(refused.refusal?.code, 'not-held')
    const [event] = refused.events
    assert.ok(event?.kind === 'syscall.refused')
    assert.deepEqual(
      [event.body.selector, event.body.object, event.body.process],
      ['capability/derive', 0, bob],
    )
  }
  assert.equal(derive(domain, 1, eve, {}, eve).refusal?.code, 'not-held')
  const nobody = derive(domain, 1, bob, {}, 99)
  assert.deepEqual([nobody.refusal?.code, nobody.events], ['not-found', []])
})

test('of what is too broad the refusal names the object that it is about', () => {
  const domain = new SmallDomain()
  domain.grant(wide)
  const [event] = derive(domain, 1, bob, { selectors: ['tools/buy'] }).events
  assert.ok(event?.kind === 'syscall.refused')
  assert.deepEqual([event.body.code, event.body.object], ['too-broad', 2])
})

test('what is dead, used up or may not be derived from gives nothing', () => {
  const cases: readonly (readonly [string, Caveats, (domain: SmallDomain) => unknown])[] = [
    ['revoked', wide, (domain) => domain.order({ do: 'capability.revoke', capability: id(1) })],
    ['expired', { ...wide, expiresAt: id(1_700_000_001_000) }, (domain) => (domain.now += 1_000)],
    ['exhausted', { ...wide, uses: 1 }, (domain) => domain.call('tools/read', {})],
    ['not-derivable', { ...wide, derivable: false }, () => undefined],
  ]
  for (const [code, caveats, happens] of cases) {
    const domain = new SmallDomain()
    domain.grant(caveats)
    happens(domain)
    assert.equal(derive(domain, 1).refusal?.code, code)
  }
})

test('what a parent forbids to derive from, its children cannot be derived from either', () => {
  const domain = new SmallDomain()
  domain.grant(wide)
  derive(domain, 1, bob, { derivable: false })
  assert.equal(derive(domain, 2).refusal?.code, 'not-derivable')
  assert.equal(derive(domain, 1).refusal, null)
})

test('a killed process derives nothing, a halted domain lets nobody derive, and a dead one is given nothing', () => {
  const killed = new SmallDomain()
  killed.grant(wide)
  killed.order({ do: 'process.kill', process: id(bob), reason: '' })
  assert.equal(derive(killed, 1).refusal?.code, 'killed')
  assert.equal(drop(killed, 1).refusal?.code, 'killed')
  const given = new SmallDomain()
  given.grant(wide)
  mayGive(given)
  given.order({ do: 'process.kill', process: id(eve), reason: '' })
  assert.equal(derive(given, 1, eve).refusal?.code, 'not-entitled')
  assert.equal(derive(given, 1, 99).refusal?.code, 'not-entitled')
})

test('giving to another needs the right to, alive and for exactly that process', () => {
  const domain = new SmallDomain()
  domain.grant(wide)
  assert.equal(derive(domain, 1, eve).refusal?.code, 'not-entitled')
  mayGive(domain)
  const given = derive(domain, 1, eve, { selectors: ['tools/read'] })
  assert.deepEqual(kinds(given), ['capability.derived'])
  assert.equal(domain.call('tools/read', {}, eve).refusal, null)
  domain.order({ do: 'capability.revoke', capability: id(2) })
  assert.equal(derive(domain, 1, eve).refusal?.code, 'not-entitled')
})

test('whoever holds what something was derived from may revoke it, and nobody else', () => {
  const domain = new SmallDomain()
  domain.grant(wide)
  mayGive(domain)
  derive(domain, 1, eve)
  domain.grant(wide, eve)
  const [own, given] = [4, 3]
  assert.equal(drop(domain, own).refusal?.code, 'not-held')
  assert.equal(drop(domain, 99).refusal?.code, 'not-held')
  assert.equal(drop(domain, 1, eve).refusal?.code, 'not-held')
  const [event] = drop(domain, given).events
  assert.ok(event?.kind === 'capability.revoked')
  assert.deepEqual([event.body.signed, event.actor], [null, { kind: 'process', id: bob }])
  assert.equal(domain.state.processes.get(id(eve))?.handles.size, 2, 'its holder hears that it was revoked')
  assert.equal(drop(domain, own, eve).refusal, null)
  assert.equal(drop(domain, 1, 99).refusal?.code, 'not-found')
})

test('what is dropped leaves its holder’s table, and what was derived from it is dead', () => {
  const domain = new SmallDomain()
  domain.grant(wide)
  derive(domain, 1)
  drop(domain, 1)
  const bobs = domain.state.processes.get(id(bob))
  assert.deepEqual([...(bobs?.handles.keys() ?? [])], [2])
  assert.equal(domain.call('tools/read', {}).refusal?.code, 'revoked')
  drop(domain, 2)
  assert.equal(bobs?.handles.size, 0)
  assert.equal(domain.state.capabilities.has(id(1)), false)
})

test('revoking ends what stands on it, and nothing else', () => {
  const domain = new SmallDomain()
  domain.grant(wide)
  domain.grant({ ...wide, ask: true })
  derive(domain, 1)
  const call = (n: number, handle: number) => domain.call('tools/read', { n }, bob, undefined, handle)
  for (const [n, handle] of [
    [1, 1],
    [2, 3],
    [3, 2],
    [4, 2],
  ] as const)
    call(n, handle)
  const digest = domain.state.calls.get(id(4))?.approvalDigest ?? ''
  domain.order({ do: 'call.deny', call: id(4), digest, comment: '' }, { waiting: false })
  const [event, ...ends] = domain.order({ do: 'capability.revoke', capability: id(1) }).events
  assert.ok(event?.kind === 'capability.revoked')
  assert.deepEqual(event.body.cut, [1, 2])
  assert.equal(ends.length, 2)
  const [waiting, ...lapses] = domain.order({ do: 'capability.revoke', capability: id(2) }).events
  assert.ok(waiting?.kind === 'capability.revoked')
  assert.deepEqual(waiting.body.cut, [3], 'what was denied is over already')
  const reasons = lapses.map((lapse) => (lapse.kind === 'call.lapsed' ? lapse.body.reason : lapse.kind))
  assert.deepEqual(reasons, ['revoked'])
})

test('what the giver has under way with what they move away is withdrawn, and nothing else', () => {
  const domain = new SmallDomain()
  mayGive(domain)
  domain.grant({ ...wide, ask: true })
  domain.grant(wide)
  domain.call('tools/read', { n: 1 }, bob, undefined, 2)
  domain.call('tools/read', { n: 2 }, bob, undefined, 3)
  const moving = { process: id<never>(bob), handle: id<never>(2), holder: id<never>(eve) }
  const [moved, lapsed, ...others] = domain.do({
    kind: 'capability.move',
    ...moving,
    undispatched: none,
  }).events
  assert.ok(moved?.kind === 'capability.moved' && lapsed?.kind === 'call.lapsed')
  assert.deepEqual([moved.body.cut, lapsed.body.reason, others], [[1], 'withdrawn', []])
})

test('the tree is so deep and no deeper', () => {
  const domain = new SmallDomain()
  domain.grant(wide)
  for (let depth = 1; depth <= limits.derivationDepth; depth += 1) {
    assert.equal(derive(domain, depth).refusal, null, `level ${depth}`)
  }
  assert.equal(derive(domain, limits.derivationDepth + 1).refusal?.code, 'limit')
  assert.equal(derive(domain, limits.derivationDepth).refusal, null)
})

test('a table holds so many capabilities and no more', () => {
  const domain = new SmallDomain()
  domain.grant(wide)
  for (let held = 1; held < limits.handlesPerProcess; held += 1) {
    if (held % 200 === 0) domain.now += limits.refusalWindowMs
    assert.equal(derive(domain, 1).refusal, null)
  }
  domain.now += limits.refusalWindowMs
  assert.equal(derive(domain, 1).refusal?.code, 'limit')
  assert.equal(domain.grant(wide).refusal?.code, 'limit')
  drop(domain, 7)
  assert.equal(derive(domain, 1).refusal, null)
})
