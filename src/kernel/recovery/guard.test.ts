/** What is recorded of a ledger that was put right, and of what it is kept safe by. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { kinds, SmallDomain } from '../../../test/harness/small-domain.ts'
import { stateRoot } from '../root.ts'
import { repairedLimit } from './event-bodies.ts'

test('safeguards are recorded when they change, and only then', () => {
  const it = new SmallDomain()
  assert.equal('safeguards' in it.state, false)
  assert.deepEqual(kinds(it.do({ kind: 'ledger.guard', head: true, mirror: 'kept' })), ['ledger.guarded'])
  assert.deepEqual(it.state.safeguards, { head: true, mirror: 'kept' })
  assert.deepEqual(kinds(it.do({ kind: 'ledger.guard', head: true, mirror: 'kept' })), [])
  assert.deepEqual(kinds(it.do({ kind: 'ledger.guard', head: true, mirror: 'lost' })), ['ledger.guarded'])
  assert.equal(it.state.safeguards.mirror, 'lost')
})

test('a start says what the ledger is kept safe by, and one that does not leaves that as it was', () => {
  const it = new SmallDomain()
  const boot = { kind: 'kernel.boot', code: 'test', policyVersion: 'p1', halt: null } as const
  it.do({ ...boot, safeguards: { head: true, mirror: 'none' } })
  assert.deepEqual(it.state.safeguards, { head: true, mirror: 'none' })
  it.do(boot)
  assert.deepEqual(it.state.safeguards, { head: true, mirror: 'none' })
})

test('a recovery lists so many files and counts the rest; it changes nothing that the kernel knows', () => {
  const it = new SmallDomain()
  const file = { copy: 'ledger', file: '00000001.seg', before: null, bytes: 1 } as const
  const repaired = Array.from({ length: repairedLimit + 3 }, () => file)
  const { seq } = it.state
  const before = stateRoot({ ...it.state, seq, at: it.state.at })
  const { events } = it.do({ kind: 'ledger.recover', repaired, setAside: null, remarks: [], accepted: null })
  const [event] = events
  assert.ok(event?.kind === 'ledger.recovered')
  assert.deepEqual([event.body.repaired.length, event.body.more], [repairedLimit, 3])
  assert.equal(stateRoot({ ...it.state, seq, at: it.state.at }), before)
})
