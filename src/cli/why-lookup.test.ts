/** Explanations by look-up: the same as by reading everything, from a small part of the ledger. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SignedHistory } from '../../test/harness/signed-history.ts'
import { assertFoundAsRead, storedView } from '../../test/harness/stored-view.ts'
import { id } from '../base/ids.ts'
import { foundCall } from './found-call.ts'
import { viewOf } from './ledger-view.ts'
import { explain, lastOfCall } from './why.ts'

/** Calls that are done, held, approved much later, denied and refused, grants that change, and a process that is killed. */
function eventful(): SignedHistory {
  const history = new SignedHistory()
  history.call({ path: '/data/x' })
  history.grant({ selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } }, uses: 500 })
  const grant = history.last('capability.granted').body.capability
  history.grant({ selectors: ['tools/write'], where: { '*': { arguments: {}, open: true } }, ask: true })
  history.call({ path: '/data/a' })
  const late = history.last('call.held').body
  for (let index = 0; index < 40; index++) {
    history.done({ path: `/data/${index}` }, 'tools/read')
    if (index % 8 !== 3) continue
    history.call({ path: `/data/held-${index}` })
    const { call, approvalDigest: digest } = history.last('call.held').body
    const how = index % 16 === 3 ? 'call.deny' : 'call.approve'
    history.order({ do: how, call, digest, comment: 'seen' })
    if (how === 'call.approve') history.settle(call)
  }
  history.order({ do: 'call.approve', call: late.call, digest: late.approvalDigest, comment: 'at last' })
  history.settle(late.call)
  history.call({ path: '/data/waits' })
  history.call({ path: '/data/leaves' }, 'tools/read')
  history.order({ do: 'capability.revoke', capability: grant })
  history.call({ path: '/data/after' }, 'tools/read')
  history.order({ do: 'process.kill', process: id(4), reason: 'enough' })
  return history
}

test('what is looked up explains every event as reading everything does, in every word', async () => {
  const { events } = eventful()
  await assertFoundAsRead(events)
  const { view } = await storedView(events)
  const whole = viewOf(events)
  const both = { ...view, events: (from?: number) => whole.events(from) }
  for (let call = 0; call < 60; call++)
    assert.equal(lastOfCall(both, call), lastOfCall(whole, call), `call ${call}`)
})

test('in a ledger of over 100,000 events a call is explained from a small part of it', async () => {
  const history = new SignedHistory()
  history.grant({ selectors: ['tools/read'], where: { '*': { arguments: {}, open: true } } })
  history.grant({ selectors: ['tools/write'], where: { '*': { arguments: {}, open: true } }, ask: true })
  const read = (count: number): void => {
    for (let index = 0; index < count; index++) history.done({ path: `/data/${index}` }, 'tools/read')
  }
  read(30_000)
  history.call({ path: '/data/held' })
  const held = history.last('call.held').body
  read(1_500)
  history.order({
    do: 'call.approve',
    call: held.call,
    digest: held.approvalDigest,
    comment: 'after thousands of others',
  })
  history.settle(held.call)
  const settled = history.last('call.settled')
  assert.equal(settled.body.call, held.call)
  const { seq } = settled
  read(20_000)
  assert.ok(history.events.length > 100_000)
  const { view, read: counted } = await storedView(history.events)
  // Whoever looks something up first makes the index files.
  assert.deepEqual(view.lookup.newest({ operator: 99 }), [])
  counted.bytes = 0
  assert.equal(lastOfCall(view, held.call), seq)
  const explained = explain(view, seq)
  assert.deepEqual(
    explained?.call.map(({ kind }) => kind),
    ['call.held', 'call.approved', 'call.admitted', 'call.settled'],
  )
  assert.equal(explained.decisions[0]?.comment, 'after thousands of others')
  assert.ok(explained.sound)
  const other = foundCall(view.lookup, held.call + 15_000)
  assert.deepEqual(
    other?.map(({ kind }) => kind),
    ['call.admitted', 'call.settled'],
  )
  assert.ok(counted.bytes < counted.whole / 4, `${counted.bytes} of ${counted.whole} bytes were read`)
})
