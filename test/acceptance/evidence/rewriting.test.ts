/**
 * Rewriting history, by somebody who has the ledger's key and every file: rewrite and hash anew, cut the tail off,
 * reorder, shift a field, drop an event, put the whole folder back, fork it. Each time the folder alone looks right,
 * which shows what the things kept elsewhere are for; and each time they find it.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../../../src/kernel/event.ts'
import type { Evidenced } from './forged-history.ts'
import { findings, honestEvents, renumbered, withWitness, written } from './forged-history.ts'

const count = 120
const kept = 90
const events = honestEvents(count)

/** One event in place of another. */
function changed(seq: number, change: (event: Event) => Event): readonly Event[] {
  return events.map((event) => (event.seq === seq ? change(event) : event))
}

const refused = events.find((event) => event.kind === 'syscall.refused' && event.seq > 40)?.seq ?? 0

const rewrites: { readonly [name: string]: readonly Event[] } = {
  'rewritten and hashed anew': changed(refused, (event) => {
    assert.ok(event.kind === 'syscall.refused')
    return { ...event, body: { ...event.body, message: 'nothing happened here' } }
  }),
  'cut off at the tail': events.slice(0, kept - 20),
  reordered: renumbered(
    events.map((event) => events[event.seq === 50 ? 50 : event.seq === 51 ? 49 : event.seq - 1] ?? event),
  ),
  'shifted from one field into the next': changed(refused, (event) => {
    assert.ok(event.kind === 'syscall.refused')
    const { message, needed } = event.body
    return {
      ...event,
      body: { ...event.body, message: message.slice(0, -3), needed: message.slice(-3) + needed },
    }
  }),
  'an event dropped': renumbered(events.filter(({ seq }) => seq !== refused)),
  'an event put in': renumbered([...events.slice(0, 60), ...events.slice(59)]),
}

const honest = written(events, [kept])
const headAt = ({ heads }: Evidenced, size: number): string =>
  heads.get(size) ?? assert.fail(`no head at ${size}`)

test('the honest history passes every check, with checkpoints from elsewhere too', async () => {
  const folder = await honest
  assert.deepEqual(findings(folder), [])
  assert.deepEqual(findings(folder, [headAt(folder, kept)]), [])
  await withWitness(async (bring) => {
    assert.equal(await bring(await written(events.slice(0, kept))), 'cosigned')
    assert.equal(await bring(folder), 'cosigned')
  })
})

for (const [name, history] of Object.entries(rewrites)) {
  test(`history ${name}: right by itself, found with one earlier checkpoint, and by any witness`, async () => {
    const forged = await written(history)
    assert.deepEqual(findings(forged), [], 'the folder alone cannot tell')
    const expected = history.length < kept ? 'rolled-back' : 'rewritten'
    assert.deepEqual(findings(forged, [headAt(await honest, kept)]), [expected])
    await withWitness(async (bring) => {
      assert.equal(await bring(await written(events.slice(0, kept))), 'cosigned')
      assert.equal(await bring(forged), 'contradiction')
      assert.equal(await bring(forged, kept), 'contradiction')
    })
  })
}

test('the whole folder put back: found with a later checkpoint and by a witness, not with an earlier one', async () => {
  const earlier = await written(events.slice(0, 70), [40])
  assert.deepEqual(findings(earlier), [])
  assert.deepEqual(findings(earlier, [headAt(earlier, 40)]), [], 'a checkpoint from before it cannot tell')
  assert.deepEqual(findings(earlier, [headAt(await honest, kept)]), ['rolled-back'])
  await withWitness(async (bring) => {
    assert.equal(await bring(await honest), 'cosigned')
    assert.equal(await bring(earlier), 'contradiction')
  })
  await withWitness(async (bring) => {
    assert.equal(await bring(await written(events.slice(0, 40))), 'cosigned')
    assert.equal(await bring(earlier), 'cosigned', 'a witness that saw nothing later cannot tell')
  })
})

test('a fork: found by two readers who compare checkpoints of any sizes, and by a witness', async () => {
  const one = await honest
  const other = await written(events.map(fork))
  const smaller = await written(events.map(fork), [kept])
  for (const branch of [one, other, smaller]) assert.deepEqual(findings(branch), [])
  assert.notEqual(one.newest, other.newest)
  assert.deepEqual(findings(one, [other.newest]), ['rewritten'])
  assert.deepEqual(findings(other, [one.newest]), ['rewritten'])
  assert.deepEqual(findings(one, [headAt(smaller, kept)]), ['rewritten'])
  assert.deepEqual(findings(smaller, [headAt(one, kept)]), ['rewritten'])
  await withWitness(async (bring) => {
    assert.equal(await bring(one), 'cosigned')
    assert.equal(await bring(other), 'contradiction')
  })
})

/** Another reader is shown another event 60. */
function fork(event: Event): Event {
  return event.seq === 60
    ? ({ ...event, authority: null, body: { ...event.body }, actor: { kind: 'kernel', id: 0 } } as Event)
    : event
}
