/** The bound holds for every kind of event, and for the texts that grow most when they are encoded. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../kernel/event.ts'
import { bench } from '../ledger/ledger-contract.ts'
import { prepareRecord } from '../ledger/record.ts'
import { sampleBatch } from '../ledger/sample-events.ts'
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
  for (const event of [...samples, refused]) {
    const { length } = prepareRecord({ ...event, payload: null }, null)
    assert.ok(weightOf(event) >= length + (event.payload?.length ?? 0), event.kind)
  }
})
