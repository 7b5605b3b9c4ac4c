/** Moving a capability: whose calls end, what stays, who may, and what is recorded when it may not be. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SmallDomain, kinds } from '../../../test/harness/small-domain.ts'
import { id } from '../../base/ids.ts'
import type { Decision } from '../decision.ts'
import type { EventOf } from '../event.ts'
import { limits } from '../limits.ts'
import type { Caveats } from './terms.ts'

const where = { '*': { arguments: {}, open: true } } as const
const reading: Caveats = { selectors: ['tools/read'], where }
const [bob, eve] = [4, 6]
const none: ReadonlySet<never> = new Set()

/** Bob holds c1, and may give to eve by c2. */
function giving(caveats: Caveats = {}): SmallDomain {
  const domain = new SmallDomain()
  domain.grant({ ...reading, ...caveats })
  const receive = { selectors: ['capability/receive'], where: {} }
  domain.order({ do: 'capability.grant', holder: id(bob), object: id(eve), caveats: receive })
  return domain
}

function move(domain: SmallDomain, handle: number, holder: number, process = bob): Decision {
  const what = { process: id<never>(process), handle: id<never>(handle), holder: id<never>(holder) }
  return domain.do({ kind: 'capability.move', ...what, undispatched: none })
}

function derive(domain: SmallDomain, handle: number, holder: number): Decision {
  const what = { process: id<never>(bob), handle: id<never>(handle), holder: id<never>(holder) }
  return domain.do({ kind: 'capability.derive', ...what, caveats: {} })
}

function held(domain: SmallDomain, handle: number): EventOf<'call.held'>['body'] {
  const [event] = domain.call('tools/read', { n: 1 }, bob, undefined, handle).events
  assert.ok(event?.kind === 'call.held')
  return event.body
}

test('a refused move is recorded with what it was about, and nobody’s is not recorded', () => {
  const domain = giving()
  for (const [handle, holder, code, object] of [
    [1, 2, 'not-entitled', 2],
    [1, 99, 'not-entitled', 2],
    [99, eve, 'not-held', 0],
    [1, bob, 'bad-request', 2],
  ] as const) {
    const { refusal, events } = move(domain, handle, holder)
    const [event] = events
    assert.ok(event?.kind === 'syscall.refused')
    assert.deepEqual(
      [refusal?.code, event.body.process, event.body.object, event.body.selector],
      [code, bob, object, 'capability/move'],
    )
  }
  const nobodys = move(domain, 1, eve, 99)
  assert.deepEqual([nobodys.refusal?.code, nobodys.events], ['not-found', []])
})

test('what cannot be given is not kept by moving it to oneself either', () => {
  const domain = giving()
  domain.order({ do: 'capability.revoke', capability: id(1) })
  assert.equal(move(domain, 1, bob).refusal?.code, 'revoked')
})

test('only the giver’s calls end: what others do under what was derived from it goes on', () => {
  const domain = giving()
  derive(domain, 1, eve)
  domain.call('tools/read', { n: 1 }, bob, undefined, 1)
  domain.call('tools/read', { n: 2 }, eve, undefined, 1)
  derive(domain, 1, bob)
  domain.call('tools/read', { n: 3 }, bob, undefined, 3)
  assert.deepEqual(kinds(move(domain, 1, eve)), ['capability.moved', 'call.settled'])
  assert.deepEqual([...domain.state.calls.keys()], [2, 3])
})

test('a denial that was not heard yet stays to be heard', () => {
  const domain = giving({ ask: true })
  const { call, approvalDigest: digest } = held(domain, 1)
  domain.order({ do: 'call.deny', call, digest, comment: '' }, { waiting: false })
  assert.deepEqual(kinds(move(domain, 1, eve)), ['capability.moved'])
  assert.equal(domain.state.calls.get(call)?.stage, 'denied')
})

test('an approval made from what is moved ends with it, and one made from something else does not', () => {
  const domain = giving({ ask: true })
  domain.grant({ ...reading, ask: true })
  for (const handle of [1, 3]) {
    const [event] = domain.call('tools/read', { handle }, bob, undefined, handle).events
    assert.ok(event?.kind === 'call.held')
    const { call, approvalDigest: digest } = event.body
    domain.order({ do: 'call.approve', call, digest, comment: '' }, { waiting: false })
  }
  const moved = move(domain, 1, eve)
  assert.deepEqual(kinds(moved), ['capability.moved', 'call.lapsed'])
  assert.deepEqual(moved.events[1]?.body, { call: 1, reason: 'withdrawn' })
  assert.equal(domain.state.calls.get(id(2))?.stage, 'approved')
})

test('a call that stands on several ends when any one of them is moved', () => {
  const domain = giving({ quorum: 2 })
  const bea = domain.enrol('bea')
  const other = {
    do: 'capability.grant',
    holder: id<never>(bob),
    object: id<never>(2),
    caveats: reading,
  } as const
  domain.order(other, { operator: bea })
  assert.deepEqual(kinds(domain.call('tools/read', {}, bob, undefined, 1)), ['call.admitted'])
  assert.deepEqual(kinds(move(domain, 3, eve)), ['capability.moved', 'call.settled'])
})

test('what is moved stands under the next handle of its new holder, each under its own', () => {
  const domain = giving()
  domain.grant(reading)
  move(domain, 1, eve)
  move(domain, 3, eve)
  const table = (process: number): unknown => [...(domain.state.processes.get(id(process))?.handles ?? [])]
  assert.deepEqual(table(eve), [
    [1, 1],
    [2, 3],
  ])
  assert.deepEqual(table(bob), [[2, 2]])
  assert.equal(domain.state.processes.get(id(eve))?.nextHandle, 3)
})

test('a long table makes room for what is moved into it, a shorter one forgets nothing', () => {
  for (const [length, left] of [
    [limits.deadHandlesKept - 1, limits.deadHandlesKept],
    [limits.deadHandlesKept, 1],
  ] as const) {
    const domain = giving()
    for (let count = 0; count < length; count++) domain.grant(reading, eve)
    for (let count = 0; count < length; count++) domain.state.capabilities.revoke(id(3 + count))
    assert.deepEqual(kinds(move(domain, 1, eve)), ['capability.moved'])
    assert.equal(domain.state.processes.get(id(eve))?.handles.size, left)
  }
})

test('a right to give to one process is none to give to another', () => {
  const domain = giving()
  const [added] = domain.order({ do: 'agent.add', name: 'kim', tokenDigest: 'a'.repeat(64) }).events
  assert.ok(added?.kind === 'agent.added')
  const kim = added.body.process
  assert.equal(move(domain, 1, kim).refusal?.code, 'not-entitled')
  assert.equal(derive(domain, 1, kim).refusal?.code, 'not-entitled')
  assert.equal(derive(domain, 1, eve).refusal, null)
})

test('a full table is given nothing, and one with a single place left is', () => {
  const domain = giving()
  const table = domain.state.processes.get(id(eve))?.handles
  for (let handle = 1; handle < limits.handlesPerProcess; handle++) table?.set(id(handle), id(1))
  const process = domain.state.processes.get(id(eve))
  assert.ok(process !== undefined)
  process.nextHandle = limits.handlesPerProcess
  assert.deepEqual(kinds(derive(domain, 1, eve)), ['capability.derived'])
  const refused = derive(domain, 1, eve)
  assert.deepEqual(
    [refused.refusal?.code, refused.refusal?.message],
    ['limit', 'The holder’s table is full.'],
  )
})
