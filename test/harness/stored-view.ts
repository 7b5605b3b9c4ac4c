/**
 * Events in a ledger in memory, seen the way the command line sees one: by looking up. And the assertion that an explanation
 * found that way is the one that reading everything gives.
 */
import assert from 'node:assert/strict'
import type { LedgerLookup, LedgerView } from '../../src/cli/ledger-view.ts'
import { viewOf } from '../../src/cli/ledger-view.ts'
import type { Explanation } from '../../src/cli/why.ts'
import { explain } from '../../src/cli/why.ts'
import { explanationJson, showExplanation } from '../../src/cli/why-rendering.ts'
import type { Event } from '../../src/kernel/event.ts'
import { evolve } from '../../src/kernel/evolve.ts'
import { initialState } from '../../src/kernel/state.ts'
import { append, bench, mustOpen } from '../../src/ledger/ledger-contract.ts'
import { memoryDisk } from '../../src/ledger/memory-disk.ts'
import { LedgerIndex } from '../../src/ledger/reading/ledger-index.ts'
import type { ReadableDisk } from '../../src/ledger/readable-disk.ts'

const options = bench(1_048_576)

/** A stored ledger, looked up in. */
export interface StoredView {
  readonly view: LedgerView & { readonly lookup: LedgerLookup }
  /** Bytes that were read of the ledger, and how many it has. */
  readonly read: { bytes: number; whole: number }
}

/** The events in a ledger, looked up there; states are folded from what is in memory. */
export async function storedView(events: readonly Event[]): Promise<StoredView> {
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  for (let from = 0; from < events.length; from += 64)
    // oxlint-disable-next-line no-await-in-loop -- a ledger takes one batch after another
    assert.equal(await append(ledger, events.slice(from, from + 64)), null)
  ledger.close()
  const read = { bytes: 0, whole: 0 }
  for (const name of disk.list()) read.whole += disk.open(name)?.length ?? 0
  const index = new LedgerIndex(countingReads(disk, read))
  assert.ok(index.refresh().ok)
  const newest: LedgerLookup['newest'] = (query, limit = Infinity) => {
    const found = index.newest(query, limit)
    assert.ok(found.ok)
    return found.value
  }
  const at = (seq: number): Event | null => {
    const found = index.at(seq)
    assert.ok(found.ok)
    return found.value?.event ?? null
  }
  const payloads = viewOf(events)
  const stateAfter: LedgerLookup['stateAfter'] = (seq) => {
    const state = initialState()
    for (const event of events.slice(0, seq)) evolve(state, event)
    return state
  }
  const view = {
    events: () => assert.fail('nothing is read through'),
    payload: (event: Event) => payloads.payload(events[event.seq - 1] ?? event),
    lookup: { end: index.end, at, newest, stateAfter },
  }
  return { view, read }
}

function countingReads(disk: ReadableDisk, read: { bytes: number }): ReadableDisk {
  return {
    list: () => disk.list(),
    open(name) {
      const file = disk.open(name)
      if (file === null) return null
      return {
        name,
        length: file.length,
        close: () => file.close(),
        read(offset, length) {
          read.bytes += length
          return file.read(offset, length)
        },
      }
    },
  }
}

/** Fails unless every event is explained in the same words, found by looking up or by reading everything. */
export async function assertFoundAsRead(events: readonly Event[]): Promise<void> {
  const { view } = await storedView(events)
  // Calls that ended in passing are read for, as they always were.
  const whole = viewOf(events)
  const both = { ...view, events: (from?: number) => whole.events(from) }
  for (const { seq } of events) {
    const [read, found] = [explain(whole, seq), explain(both, seq)]
    assert.ok(read !== null && found !== null)
    assert.deepEqual(showExplanation(found), showExplanation(read), `event ${seq}`)
    assert.deepEqual(plain(found), plain(read), `event ${seq}`)
  }
  assert.equal(explain(both, events.length + 1), null)
}

function plain(explanation: Explanation): unknown {
  return JSON.parse(JSON.stringify(explanationJson(explanation)))
}
