/** A revocation is one mark; what it left dead is taken out a little with each event, and is dead all along. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import { evolve } from '../evolve.ts'
import { limits } from '../limits.ts'
import { stateRoot } from '../root.ts'
import { initialState } from '../state.ts'
import { childOf } from './plant.ts'

const open = { '*': { arguments: {}, open: true } } as const
const grantable = { selectors: ['tools/read'], where: open } as const

/** A domain in which bob holds a root with `count` descendants, in chains and fans, of which he holds the last. */
function withDescendants(count: number): SmallDomain {
  const domain = new SmallDomain()
  domain.grant(grantable)
  const { state } = domain
  const bob = state.processes.get(id(4))
  const [first, last] = [state.nextCapability, state.nextCapability + count - 1]
  for (let at = first; at <= last; at++) {
    // Every tenth starts a new chain at the root.
    const parent = state.capabilities.get(id(at % 10 === 0 ? 1 : at - 1))
    assert.ok(parent !== undefined)
    const node = {
      ...childOf(parent.depth === 60 ? (state.capabilities.get(id(1)) ?? parent) : parent, id(at), state.seq),
    }
    state.capabilities.add({ ...node, holder: id(4), handle: id(at), caveats: {} })
    if (at === last) bob?.handles.set(id(at), id(at))
    // The others are held by nobody any more, as those of an agent that dropped its handles.
    else state.capabilities.drop(id(at))
  }
  state.nextCapability = last + 1
  if (bob !== undefined) bob.nextHandle = last + 1
  return domain
}

const tick = { kind: 'syscall.refuse', selector: 'x', code: 'bad-request', message: '', needed: '' } as const

test('a root with a million descendants is revoked by one mark, and refused on the very next call', () => {
  const domain = withDescendants(1_000_000)
  const { capabilities, processes } = domain.state
  const handle = [...(processes.get(id(4))?.handles.keys() ?? [])].at(-1)
  assert.equal(domain.call('tools/read', {}, 4, undefined, handle).events[0]?.kind, 'call.admitted')
  const revoked = domain.order({ do: 'capability.revoke', capability: id(1) })
  assert.deepEqual(
    revoked.events.map(({ kind }) => kind),
    ['capability.revoked', 'call.settled'],
  )
  assert.ok(capabilities.size > 999_000, 'nearly all of them are still in the table')
  assert.equal(domain.call('tools/read', {}, 4, undefined, handle).refusal?.code, 'revoked')
})

test('each event takes out a bounded number, until nothing dead is left that nobody holds', () => {
  const domain = withDescendants(5_000)
  const { state } = domain
  domain.order({ do: 'capability.revoke', capability: id(1) })
  let events = 0
  for (; state.sweep !== undefined; events++) {
    const before = state.capabilities.size
    domain.do({ ...tick, process: id(4) })
    domain.now += limits.refusalWindowMs
    const gone = before - state.capabilities.size
    assert.ok(gone <= limits.sweptPerEvent + limits.derivationDepth, `${gone} at once`)
    assert.ok(events < 1_000, 'it comes to an end')
  }
  assert.ok(events >= 5_000 / limits.sweptPerEvent - 1)
  // What bob still holds keeps its chain, and hears what it heard.
  const chain = [...state.capabilities.keys()]
  assert.ok(chain.length <= 61, `${chain.length} left`)
  const held = [...(state.processes.get(id(4))?.handles.keys() ?? [])].at(-1)
  assert.equal(domain.call('tools/read', {}, 4, undefined, held).refusal?.code, 'revoked')
})

/** Ticks until nothing is left to sweep. */
function sweepAll(domain: SmallDomain): void {
  for (let at = 0; at < 1_000 && domain.state.sweep !== undefined; at++) {
    domain.now += limits.refusalWindowMs
    domain.do({ ...tick, process: id(4) })
  }
  assert.equal(domain.state.sweep, undefined)
}

test('a pass under way is not lost to revocations of older and younger capabilities', () => {
  for (const order of [
    [300, 10, 200],
    [10, 300, 200],
    [300, 200, 10],
    [200, 300, 10],
  ]) {
    const domain = new SmallDomain()
    for (let at = 0; at < 900; at++) domain.grant(grantable, 4)
    for (const handle of [10, 200, 300]) {
      const given = { process: id<never>(4), handle: id<never>(handle), holder: id<never>(4), caveats: {} }
      domain.do({ kind: 'capability.derive', ...given })
    }
    for (const capability of order) domain.order({ do: 'capability.revoke', capability: id(capability) })
    sweepAll(domain)
    assert.equal(domain.state.capabilities.size, 900 - 3, `the derived are gone after ${order.join(', ')}`)
  }
})

test('an approval that waits to be collected stays until its call ends', () => {
  const domain = new SmallDomain()
  domain.grant({ ...grantable, ask: true })
  domain.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats: {} })
  const [held] = domain.call('tools/read', {}, 4, undefined, 2).events
  assert.equal(held?.kind, 'call.held')
  const { id: call, approvalDigest: digest } = domain.state.calls.get(id(1)) ?? {
    id: id<never>(0),
    approvalDigest: '',
  }
  domain.order({ do: 'call.approve', call, digest, comment: '' }, { waiting: false })
  assert.equal(domain.state.calls.get(call)?.stage, 'approved')
  const revoked = domain.order({ do: 'capability.revoke', capability: id(1) })
  assert.deepEqual(
    revoked.events.map(({ kind }) => kind),
    ['capability.revoked', 'call.lapsed'],
  )
  sweepAll(domain)
  assert.equal(domain.state.calls.size, 0)
  assert.deepEqual([...domain.state.capabilities.keys()], [1, 2], 'what bob holds')
})

test('a long table forgets what is dead in it, a short one goes on saying that it was revoked', () => {
  const domain = new SmallDomain()
  const { state } = domain
  domain.grant(grantable)
  const derive = (): void => {
    for (let at = 0; at < 300; at++) {
      domain.now += limits.refusalWindowMs
      domain.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats: {} })
    }
  }
  derive()
  const bob = state.processes.get(id(4))
  assert.equal(bob?.handles.size, 301)
  domain.order({ do: 'capability.revoke', capability: id(1) })
  while (state.sweep !== undefined) {
    domain.now += limits.refusalWindowMs
    domain.do({ ...tick, process: id(4) })
  }
  assert.equal(bob.handles.size, limits.deadHandlesKept - 1)
  assert.equal(state.capabilities.size, bob.handles.size + 1, 'and the root stays for them, held by nobody')
})

test('a sweep is a part of the state: refolding in the middle of one gives the same root', () => {
  const domain = new SmallDomain()
  domain.grant(grantable)
  for (let at = 0; at < 200; at++) {
    domain.now += limits.refusalWindowMs
    domain.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(4), caveats: {} })
  }
  domain.order({ do: 'capability.revoke', capability: id(1) })
  assert.notEqual(domain.state.sweep, undefined)
  const again = initialState()
  for (const event of domain.log) evolve(again, event)
  assert.equal(stateRoot(again), stateRoot(domain.state))
})
