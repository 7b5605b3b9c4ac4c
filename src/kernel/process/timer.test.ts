/** Timers in ledger time: set once, fired once, told until they are cancelled. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Seq } from '../../base/ids.ts'
import { id } from '../../base/ids.ts'
import { SmallDomain, kinds } from '../../../test/harness/small-domain.ts'
import type { Decision } from '../decision.ts'
import { evolve } from '../evolve.ts'
import { isAnythingDue } from '../gate/settle.ts'
import { limits } from '../limits.ts'
import { stateRoot } from '../root.ts'
import { initialState } from '../state.ts'

function set(domain: SmallDomain, delayMs: number, process = 4): Decision {
  return domain.do({ kind: 'timer.set', process: id(process), delayMs, note: 'tea' })
}

function cancel(domain: SmallDomain, timer: Seq, process = 4): Decision {
  return domain.do({ kind: 'timer.cancel', process: id(process), timer })
}

function tick(domain: SmallDomain): Decision {
  return domain.do({ kind: 'clock.tick' })
}

test('a timer fires once when it is due, and is there until it is cancelled', () => {
  const domain = new SmallDomain()
  const timer = set(domain, 1_000).events[0]?.seq ?? id<Seq>(0)
  domain.now += 999
  assert.equal(isAnythingDue(domain.state, id(domain.now)), false)
  assert.deepEqual(kinds(tick(domain)), [])
  domain.now += 1
  assert.equal(isAnythingDue(domain.state, id(domain.now)), true)
  assert.deepEqual(kinds(tick(domain)), ['timer.fired'])
  assert.deepEqual(kinds(tick(domain)), [])
  assert.equal(domain.state.processes.get(id(4))?.timers?.get(timer)?.hasFired, true)
  assert.deepEqual(kinds(cancel(domain, timer)), ['timer.cancelled'])
  assert.equal(domain.state.processes.get(id(4))?.timers, undefined)
})

test('a timer that was set before a restart fires after it', () => {
  const domain = new SmallDomain()
  set(domain, 1_000)
  const refolded = initialState()
  for (const event of domain.log) evolve(refolded, event)
  assert.equal(stateRoot(refolded), stateRoot(domain.state))
  domain.now += 5_000
  assert.equal(isAnythingDue(refolded, id(domain.now)), true)
})

test('nobody cancels the timer of another, and none twice', () => {
  const domain = new SmallDomain()
  const timer = set(domain, 1_000).events[0]?.seq ?? id<Seq>(0)
  assert.equal(cancel(domain, timer, 6).refusal?.code, 'not-found')
  assert.equal(cancel(domain, timer).refusal, null)
  assert.equal(cancel(domain, timer).refusal?.code, 'not-found')
})

test('a process has so many timers and no more, whether they fired or not', () => {
  const domain = new SmallDomain()
  for (let n = 0; n < limits.timersPerProcess; n++) assert.equal(set(domain, n).refusal, null)
  domain.now += 1_000
  tick(domain)
  assert.equal(set(domain, 1).refusal?.code, 'limit')
  assert.equal(set(domain, 1, 6).refusal, null, 'which is nothing to another process')
})

test('a process that sets and cancels without pause is slowed down', () => {
  const domain = new SmallDomain()
  let code: string | undefined
  for (let n = 0; n < limits.derivationsPerWindow && code === undefined; n++) {
    const decision = set(domain, 1_000)
    code = decision.refusal?.code
    if (decision.events[0]?.kind === 'timer.set') cancel(domain, decision.events[0].seq)
  }
  assert.equal(code, 'rate-limited')
})

test('a frozen process’s timers fire when it is thawed, and a killed one’s never', () => {
  const domain = new SmallDomain()
  set(domain, 1_000)
  set(domain, 1_000, 6)
  domain.order({ do: 'process.freeze', process: id(4) })
  domain.order({ do: 'process.kill', process: id(6), reason: '' })
  domain.now += 1_000
  assert.deepEqual(kinds(tick(domain)), [])
  assert.equal(set(domain, 1).refusal?.code, 'halted')
  domain.order({ do: 'process.thaw', process: id(4) })
  assert.deepEqual(kinds(tick(domain)), ['timer.fired'])
  assert.equal(set(domain, 1, 6).refusal?.code, 'killed')
})

test('a call whose deadline passed before it left is timed out and gives its use back', () => {
  const domain = new SmallDomain()
  domain.grant({ selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } }, uses: 1 })
  domain.call('tools/read', {})
  domain.now += limits.callMs
  const { events } = domain.do({ kind: 'clock.tick', undispatched: new Set([id<never>(1)]) })
  const [settled] = events
  assert.equal(settled?.kind, 'call.settled')
  assert.deepEqual(
    [
      settled?.kind === 'call.settled' && settled.body.outcome,
      settled?.kind === 'call.settled' && settled.body.released,
    ],
    ['timed-out', true],
  )
  assert.deepEqual(kinds(domain.call('tools/read', {})), ['call.admitted'])
  domain.now += limits.callMs
  const late = domain.do({ kind: 'call.recheck', call: id(2) })
  assert.equal(late.events[0]?.kind === 'call.settled' && late.events[0].body.outcome, 'timed-out')
})
