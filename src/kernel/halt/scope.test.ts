/** Halts of agents and processes in the kernel alone: what they stop, what they leave, and who ends them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CallId } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import type { Decision } from '../decision.ts'
import { evolve } from '../evolve.ts'
import { stateRoot } from '../root.ts'
import { initialState } from '../state.ts'
import { SmallDomain, kinds } from '../../../test/harness/small-domain.ts'
import type { HaltScope } from './event-bodies.ts'

const open = { '*': { arguments: {}, open: true } } as const
const bob: HaltScope = { agent: id(3) }
const hisProcess: HaltScope = { process: id(4) }

function domain(): SmallDomain {
  const made = new SmallDomain()
  for (const holder of [4, 6]) {
    made.grant({ selectors: ['tools/read'], where: open }, holder)
    made.grant({ selectors: ['tools/buy'], where: open, ask: true }, holder)
  }
  return made
}

function halt(
  it: SmallDomain,
  scope: HaltScope,
  more: { at?: number; isReport?: boolean; undispatched?: readonly number[]; deadMicros?: number } = {},
): Decision {
  const { at = 1, isReport = false, undispatched = [], ...effect } = more
  const asked = { requestedAt: id<never>(at), requestedBy: 'ada', reason: 'odd' }
  const left = new Set(undispatched.map((call) => id<CallId>(call)))
  return it.do({ kind: 'scope.halt', scope, ...asked, isReport, undispatched: left, ...effect })
}

test('nothing of a halted agent happens, on any path, and others go on', () => {
  for (const scope of [bob, hisProcess]) {
    const it = domain()
    assert.deepEqual(kinds(halt(it, scope)), ['scope.halted'])
    assert.equal(it.call('tools/read', {}).refusal?.code, 'halted')
    const derive = {
      kind: 'capability.derive',
      process: id<never>(4),
      handle: id<never>(1),
      holder: id<never>(4),
    } as const
    assert.equal(it.do({ ...derive, caveats: {} }).refusal?.code, 'halted')
    const spawn = {
      kind: 'process.spawn',
      process: id<never>(4),
      name: 'x',
      tokenDigest: 'd',
      boundary: '',
    } as const
    assert.equal(it.do(spawn).refusal?.code, 'halted')
    assert.deepEqual(kinds(it.call('tools/read', {}, 6)), ['call.admitted'])
  }
})

test('what was in flight is cancelled, what had left is said to be beyond undoing, and what waits goes on waiting', () => {
  const it = domain()
  for (const n of [1, 2]) it.call('tools/read', { n })
  const held = it.call('tools/buy', {})
  it.call('tools/read', {}, 6)
  const { events } = halt(it, bob, { undispatched: [2] })
  const [halted, ...ends] = events
  assert.ok(halted?.kind === 'scope.halted')
  assert.deepEqual([halted.body.inFlight, halted.body.left], [[1, 2], [1]])
  const ended = ends.map((event) => (event.kind === 'call.settled' ? event.body : null))
  assert.deepEqual(
    ended.map((body) => [body?.call, body?.outcome, body?.released]),
    [
      [1, 'cancelled', false],
      [2, 'cancelled', true],
    ],
  )
  assert.deepEqual(
    [...it.state.calls.values()].map(({ stage }) => stage),
    ['held', 'admitted'],
  )
  const [asked] = held.events
  assert.ok(asked?.kind === 'call.held')
  const decided = {
    do: 'call.approve',
    call: asked.body.call,
    digest: asked.body.approvalDigest,
    comment: '',
  } as const
  assert.ok(!kinds(it.order(decided)).includes('call.admitted'), 'an approval let a halted process act')
})

test('a child stands still with its parent, and a parent goes on without its child', () => {
  const it = domain()
  it.do({ kind: 'process.spawn', process: id(4), name: 'x', tokenDigest: 'd', boundary: '' })
  it.do({ kind: 'capability.derive', process: id(4), handle: id(1), holder: id(7), caveats: {} })
  halt(it, { process: id(7) })
  assert.equal(it.call('tools/read', {}, 7).refusal?.code, 'halted')
  assert.deepEqual(kinds(it.call('tools/read', {})), ['call.admitted'])
  it.order({ do: 'scope.resume', scope: { process: id(7) } })
  assert.deepEqual(kinds(it.call('tools/read', {}, 7)), ['call.admitted'])
  halt(it, hisProcess, { at: 2 })
  assert.equal(it.call('tools/read', { n: 2 }, 7).refusal?.code, 'halted')
})

test('only a signed resume ends a halt, and it ends no other', () => {
  const it = domain()
  halt(it, bob)
  halt(it, hisProcess)
  assert.equal(
    it.order({ do: 'scope.resume', scope: bob }, { valid: false }).refusal?.code,
    'signature-invalid',
  )
  assert.equal(it.order({ do: 'scope.resume', scope: { agent: id(5) } }).refusal?.code, 'bad-request')
  assert.deepEqual(kinds(it.order({ do: 'scope.resume', scope: bob })), ['scope.resumed'])
  assert.equal(it.call('tools/read', {}).refusal?.code, 'halted', 'its process is halted still')
  it.order({ do: 'scope.resume', scope: hisProcess })
  assert.deepEqual(kinds(it.call('tools/read', {})), ['call.admitted'])
})

test('a halt is recorded once, again when it is asked for again, and not when there is nothing to halt', () => {
  const it = domain()
  assert.deepEqual(kinds(halt(it, bob)), ['scope.halted'])
  assert.deepEqual(kinds(halt(it, bob)), [])
  assert.deepEqual(kinds(halt(it, bob, { at: 2 })), ['scope.halted'])
  assert.deepEqual(kinds(halt(it, { agent: id(99) })), [])
  it.order({ do: 'process.kill', process: id(4), reason: '' })
  assert.deepEqual(kinds(halt(it, hisProcess)), [])
})

test('what a halt did is recorded about the halt it was, and about no later one', () => {
  const it = domain()
  const [first] = halt(it, bob).events
  const [report] = halt(it, bob, { isReport: true, deadMicros: 900 }).events
  assert.ok(report?.kind === 'scope.halted')
  assert.deepEqual([report.cause, report.body.deadMicros, report.body.inFlight], [first?.seq, 900, []])
  halt(it, bob, { at: 2 })
  assert.deepEqual(kinds(halt(it, bob, { isReport: true })), [])
  it.order({ do: 'scope.resume', scope: bob })
  assert.deepEqual(kinds(halt(it, bob, { at: 2, isReport: true })), [])
})

test('a boot is told of halts: new ones are in force, and those that were resumed are not', () => {
  const it = domain()
  const told = (at: number, scope: HaltScope) =>
    ({ scope, requestedAt: id<never>(at), requestedBy: 'ada', reason: '', trees: 3, survivors: 0 }) as const
  it.call('tools/read', {})
  halt(it, { agent: id(5) })
  it.order({ do: 'scope.resume', scope: { agent: id(5) } })
  const boot = { kind: 'kernel.boot', code: 'test', policyVersion: 'builtin-1', halt: null } as const
  const booted = it.do({
    ...boot,
    halts: [told(7, bob), told(1, { agent: id(5) }), told(7, { agent: id(9) })],
  })
  assert.deepEqual(kinds(booted), ['kernel.booted', 'call.settled', 'scope.halted'])
  assert.deepEqual(kinds(it.do({ ...boot, halts: [told(7, bob)] })), ['kernel.booted'])
  assert.equal(it.state.scopes?.size, 1)
})

test('a removed agent and a killed process stand still no more, a halted driver does until it is removed', () => {
  const it = domain()
  halt(it, bob)
  halt(it, hisProcess)
  halt(it, { process: id(2) })
  it.order({ do: 'agent.remove', agent: id(3) })
  it.order({ do: 'process.kill', process: id(2), reason: '' })
  assert.deepEqual([...(it.state.scopes?.keys() ?? [])], ['process-2'])
  it.order({ do: 'driver.remove', driver: id(2) })
  assert.equal(it.state.scopes, undefined)
})

test('a drill is recorded once a second at most, and the fold of it all is the same again', () => {
  const it = domain()
  const drill = { kind: 'drill.record', scope: bob, requestedBy: 'ada', problems: ['slow'] } as const
  assert.deepEqual(kinds(it.do({ ...drill, killMicros: 5 })), ['drill.recorded'])
  assert.equal(it.do(drill).refusal?.code, 'rate-limited')
  it.now += 1_000
  assert.deepEqual(kinds(it.do(drill)), ['drill.recorded'])
  halt(it, bob)
  it.order({ do: 'scope.resume', scope: bob })
  const again = initialState()
  for (const event of it.log) evolve(again, event)
  assert.equal(stateRoot(again), stateRoot(it.state))
})

test('resumes beyond number do not make the state grow', () => {
  const it = domain()
  for (let at = 1; at <= 200; at++) {
    it.do({ kind: 'process.spawn', process: id(4), name: 'x', tokenDigest: `d${at}`, boundary: '' })
    const process = id<never>(it.state.nextObject - 1)
    halt(it, { process }, { at })
    it.now += 1_000
    it.order({ do: 'scope.resume', scope: { process } })
    it.do({ kind: 'process.end', process: id(4), child: process, reason: '', undispatched: new Set() })
  }
  assert.equal(it.state.lifted?.size, 64)
})
