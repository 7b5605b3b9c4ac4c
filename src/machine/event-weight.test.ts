/** The bound holds for every kind of event, and for the texts that grow most when they are encoded. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../kernel/event.ts'
import { bench } from '../ledger/ledger-contract.ts'
import { sampleBatch } from '../ledger/sample-events.ts'
import { encodeRecord } from '../ledger/write-record.ts'
import { weightOf } from './event-weight.ts'

test('no event takes more bytes in a batch than its weight', () => {
  const { vault, signer } = bench(16_384)
  const samples = sampleBatch(1, 60, vault, signer.publicKey)
  const refused: Event = {
    seq: 1,
    at: 1,
    kind: 'syscall.refused',
    actor: { kind: 'process', id: 1 },
    cause: 0,
    authority: null,
    payload: null,
    body: {
      process: 1,
      object: 0,
      selector: '\u0001"\\'.repeat(300),
      code: 'bad-request',
      message: '\u{1f600}'.repeat(500),
      needed: '\u0000'.repeat(1000),
      verdict: null,
      collects: 0,
    },
  } as unknown as Event
  const worst = '\u0000'.repeat(700)
  const verdict = { effect: 'ask', version: worst, reasons: Array.from({ length: 40 }, () => worst) }
  const most = 9_007_199_254_740_991
  const numbers = { call: most, process: most, object: most, capability: most, deadline: most, cost: most }
  const admitted = { ...refused, kind: 'call.admitted' } as unknown as Event
  const settled = { ...refused, kind: 'call.settled' } as unknown as Event
  const hot = [
    {
      ...admitted,
      body: {
        ...numbers,
        effect: 'observe',
        selector: worst,
        trace: worst,
        with: Array.from({ length: 64 }, () => most),
        verdict,
      },
    },
    { ...settled, body: { call: most, outcome: 'timed-out', reason: worst, released: false } },
  ] as unknown as readonly Event[]
  for (const event of [...samples, refused, ...hot]) {
    const { length } = encodeRecord({ ...event, payload: null }, null)
    assert.ok(weightOf(event) >= length + (event.payload?.length ?? 0), event.kind)
  }
})
