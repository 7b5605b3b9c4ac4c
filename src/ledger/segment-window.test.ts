import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Event } from '../kernel/event.ts'
import { append, bench, mustOpen } from './ledger-contract.ts'
import type { MemoryDisk } from './memory-disk.ts'
import { memoryDisk } from './memory-disk.ts'
import type { LedgerRecord } from './record.ts'
import { sampleBatch } from './sample-events.ts'
import { scanSegments } from './scan.ts'
import { windowSpace } from './segment-window.ts'

const options = bench(1024 * 1024)

/** A ledger of two segments whose batches are shorter than a piece, longer than one, and neither aligned to one. */
async function ledgerOfManyPieces(): Promise<MemoryDisk> {
  const disk = memoryDisk()
  const { ledger } = await mustOpen(disk, options)
  for (const size of [1, 900, 2, 2500, 700, 1, 3000, 1200]) {
    const events = sampleBatch(ledger.durable + 1, size, options.vault, options.signer.publicKey)
    assert.equal(await append(ledger, events), null)
  }
  ledger.close()
  return disk
}

const fields = ({ seq, at, actor, cause, authority, kind, body, payload }: Event): object => {
  const { commitment = null, length = null, bytes = null, subject = null } = payload ?? {}
  return { seq, at, actor, cause, authority, kind, body, payload: { commitment, length, bytes, subject } }
}

test('a ledger reads the same in pieces that are used again and in memory of its own', async () => {
  const disk = await ledgerOfManyPieces()
  const kept: LedgerRecord[] = []
  const first = scanSegments(disk, { record: (record) => void kept.push(record), batchEnd: () => undefined })
  let at = 0
  const again = scanSegments(disk, {
    keepsNothing: true,
    record(record) {
      const other = kept[at++] as LedgerRecord
      assert.ok(Buffer.from(record.bytes).equals(other.bytes))
      assert.deepEqual(fields(record.fleeting), fields(other.event))
      assert.deepEqual(record.event, other.event)
      assert.deepEqual(record.stored, other.stored)
    },
    batchEnd: () => undefined,
  })
  assert.ok(first.ok && again.ok && first.value.segment > 1)
  assert.deepEqual(again.value, first.value)
  assert.equal(at, 8304)
  assert.ok(kept.some((record) => record.bytes.length * 900 > windowSpace().bytes.length))
})

test('a byte that is wrong is found at the same place, wherever a piece ends', async () => {
  const disk = await ledgerOfManyPieces()
  const name = [...disk.files.keys()].filter((each) => each.endsWith('.seg')).sort()[0] as string
  const bytes = disk.files.get(name) as Uint8Array
  const piece = windowSpace().bytes.length
  for (const at of [600, piece - 1, piece, piece + 1, 3 * piece, bytes.length - 1]) {
    bytes[at] = (bytes[at] as number) ^ 1
    const looks = [true, false].map((keepsNothing) => {
      let seen = 0
      return {
        scan: scanSegments(disk, { keepsNothing, record: () => (seen += 1), batchEnd: () => undefined }),
        seen,
      }
    })
    bytes[at] = bytes[at] ^ 1
    assert.deepEqual(looks[0], looks[1])
    assert.equal(looks[0]?.scan.ok, false)
  }
})
