/** What followed from an event, in a ledger of which most has nothing to do with it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SampleHistory, sampleNumbers } from '../../test/harness/sample-history.ts'
import type { Seq } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Event } from '../kernel/event.ts'
import { append, bench, mustOpen } from '../ledger/ledger-contract.ts'
import { memoryDisk } from '../ledger/memory-disk.ts'
import type { ReadableDisk } from '../ledger/readable-disk.ts'
import { LedgerReader } from '../ledger/reader.ts'
import { followingOf } from './following.ts'

const segmentBytes = 1_048_576
const options = bench(segmentBytes)
const many = { within: Infinity, limit: Infinity }

/** Makes every third event follow from one not long before it. */
function linking(): (event: Event) => Event {
  const pick = sampleNumbers(7)
  return (event) => {
    const cause = pick(3) === 0 ? Math.max(0, event.seq - 1 - pick(30)) : 0
    return { ...event, cause: id<Seq>(cause) }
  }
}

function history(count: number): readonly Event[] {
  const made = new SampleHistory(options.vault, options.signer.publicKey, 11)
  return made.batch(count).map(linking())
}

/** All descendants by the tree of causes, worked out another way. */
function descendants(events: readonly Event[], seq: number): readonly number[] {
  const bySeq = new Map<number, Event>(events.map((event) => [event.seq, event]))
  const leadsBack = (event: Event): boolean => {
    for (let cause: number = event.cause; cause > 0; cause = bySeq.get(cause)?.cause ?? 0)
      if (cause === seq) return true
    return false
  }
  return events.filter(leadsBack).map((event) => event.seq)
}

test('what followed is all that leads back to the event, in order, and nothing else', () => {
  const events = history(2_000)
  let most = 0
  for (const { seq } of events) {
    const { events: found, ended } = followingOf(events.slice(seq), seq, many)
    assert.deepEqual(
      found.map((event) => event.seq),
      descendants(events, seq),
    )
    assert.equal(ended, 'end of the ledger')
    most = Math.max(most, found.length)
  }
  assert.ok(most > 1, 'something followed from what followed')
})

test('reading ends at its limits, and says where', () => {
  const events = history(2_000)
  const cause = events.find(({ seq }) => descendants(events, seq).length > 1)?.seq ?? 0
  const all = descendants(events, cause)
  const one = followingOf(events.slice(cause), cause, { within: Infinity, limit: 1 })
  assert.deepEqual(
    [one.events.map(({ seq }) => seq), one.readTo, one.ended],
    [all.slice(0, 1), all[0], 'limit'],
  )
  const near = followingOf(events.slice(cause), cause, { within: 1, limit: 9 })
  assert.ok(near.ended === 'within' && near.readTo <= (near.events.at(-1)?.seq ?? cause) + 1)
})

test('in a ledger of over 100,000 events only what stands near is read', async () => {
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  const made = new SampleHistory(options.vault, options.signer.publicKey, 12)
  const pick = sampleNumbers(3)
  const linked = linking()
  while (made.events.length < 100_500) {
    // oxlint-disable-next-line no-await-in-loop -- a ledger takes one batch after another
    assert.equal(await append(ledger, made.batch(100 + pick(200)).map(linked)), null)
  }
  ledger.close()
  let bytes = 0
  const counted: ReadableDisk = {
    list: () => disk.list(),
    open(name) {
      const file = disk.open(name)
      if (file === null) return null
      const read = (offset: number, length: number): Uint8Array => {
        bytes += length
        return file.read(offset, length)
      }
      return { name, length: file.length, read, close: () => file.close() }
    },
  }
  const seq = 60_000
  const { events, readTo } = followingOf(eventsFrom(counted, seq + 1), seq, { within: 2_000, limit: 20 })
  assert.ok(readTo < seq + 30_000 && events.every((event) => event.seq <= readTo))
  const whole = disk.list().reduce((sum, name) => sum + (disk.open(name)?.length ?? 0), 0)
  assert.ok(bytes < 8 * segmentBytes && bytes < whole / 3, `${bytes} of ${whole} bytes were read`)
})

function* eventsFrom(disk: ReadableDisk, from: number): Generator<Event> {
  const position = new LedgerReader(disk).from(from)
  assert.ok(position.ok)
  for (;;) {
    const batch = position.value.next()
    assert.ok(batch.ok)
    if (batch.value === null) return
    for (const { event } of batch.value.records) if (event.seq >= from) yield event
  }
}
