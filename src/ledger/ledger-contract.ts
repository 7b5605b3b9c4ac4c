/**
 * The contract of a ledger over a disk, as tests. Every disk implementation runs all of them, so that what
 * the simulator proves over its disk holds over a real folder too.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalJson } from '../base/canonical-json.ts'
import type { Instant } from '../base/ids.ts'
import { id } from '../base/ids.ts'
import type { Json } from '../base/json.ts'
import type { Event } from '../kernel/event.ts'
import type { BlobStore } from './blobs.ts'
import { memoryBlobs } from './blobs.ts'
import type { OpenedLog, OpenOptions } from './open.ts'
import { openSegmentLog } from './open.ts'
import { openPayload } from './payload.ts'
import type { Disk, DiskFailure, Vault } from './port.ts'
import type { LedgerPosition } from './reader.ts'
import { LedgerReader } from './reader.ts'
import type { LedgerRecord } from './record.ts'
import { sampleBatch, sampleEntropy, sampleSigner } from './sample-events.ts'
import type { SegmentLog } from './segment-log.ts'
import { openVault } from './vault.ts'
import { verifyLedger } from './verify.ts'

/** A disk that can be opened again, as after a restart. */
export interface DiskUnderTest {
  open(): Disk
  dispose(): void
}

/** All that a test ledger needs beside its disk. */
export interface Bench extends OpenOptions {
  readonly vault: Vault
  readonly blobs: BlobStore
}

/** Options of a small ledger with repeatable keys. */
export function bench(segmentBytes: number, blobs: BlobStore = memoryBlobs()): Bench {
  const entropy = sampleEntropy('bench')
  const vault = openVault(entropy.bytes(32), entropy)
  return {
    domain: 'main',
    signer: sampleSigner('bench'),
    vault,
    blobs,
    entropy,
    segmentBytes,
    reserveBytes: 1024,
  }
}

/** Opens, or fails the test. Returns the records replayed beside what was opened. */
export async function mustOpen(
  disk: Disk,
  options: Bench,
): Promise<OpenedLog & { readonly records: readonly LedgerRecord[] }> {
  const records: LedgerRecord[] = []
  const opened = await openSegmentLog(disk, options, (record) => void records.push(record))
  if (!opened.ok) assert.fail(JSON.stringify(opened.error))
  return { ...opened.value, records }
}

/** Appends and waits. */
export function append(ledger: SegmentLog, events: readonly Event[]): Promise<DiskFailure | null> {
  return new Promise((resolve) => {
    let returned = false
    ledger.append(events, (failure) => {
      assert.ok(returned, 'done is never called before append returns')
      resolve(failure)
    })
    returned = true
  })
}

/** Writes a checkpoint and waits. */
export function checkpoint(ledger: SegmentLog, at: number): Promise<DiskFailure | null> {
  return new Promise((resolve) => ledger.checkpoint(id<Instant>(at), `root-${at}`, resolve))
}

/** Appends `sizes.length` sample batches of those sizes, with a checkpoint after every fourth. */
export async function fill(ledger: SegmentLog, options: Bench, sizes: readonly number[]): Promise<void> {
  for (const [index, size] of sizes.entries()) {
    const events = sampleBatch(ledger.durable + 1, size, options.vault, options.signer.publicKey)
    assert.equal(await append(ledger, events), null)
    if (index % 4 === 3) assert.equal(await checkpoint(ledger, index), null)
  }
}

const asText = (event: Event): string =>
  canonicalJson({ ...event, payload: event.payload && { ...event.payload, bytes: null } } as unknown as Json)

/** Declares the contract's tests for the disks that `make` returns. */
export function ledgerContract(name: string, make: () => DiskUnderTest): void {
  const contract = (title: string, body: (disk: DiskUnderTest) => Promise<void>): void => {
    test(`${name}: ${title}`, async () => {
      const disk = make()
      try {
        await body(disk)
      } finally {
        disk.dispose()
      }
    })
  }

  contract('an empty folder opens as an empty ledger and verifies', async (disk) => {
    const { ledger, head, records } = await mustOpen(disk.open(), bench(8192))
    assert.equal(ledger.durable, 0)
    assert.equal(head.seq, 0)
    assert.equal(records.length, 0)
    assert.equal(await checkpoint(ledger, 1), null)
    ledger.close()
    assert.deepEqual(verifyLedger(disk.open()).problems, [])
  })

  contract('what was acknowledged is replayed exactly, across segments and restarts', async (disk) => {
    const options = bench(8192)
    const sizes = [1, 1, 3, 5, 2, 8, 1, 6, 4, 9, 3, 3]
    const { ledger } = await mustOpen(disk.open(), options)
    await fill(ledger, options, sizes)
    const { head } = ledger
    ledger.close()
    const again = await mustOpen(disk.open(), options)
    assert.deepEqual(again.head, head)
    assert.equal(again.setAside, null)
    const total = sizes.reduce((sum, size) => sum + size, 0)
    const expected = sampleBatch(1, total, options.vault, options.signer.publicKey)
    assert.deepEqual(
      again.records.map((record) => asText(record.event)),
      expected.map(asText),
    )
    await fill(again.ledger, options, [2])
    again.ledger.close()
    const report = verifyLedger(disk.open(), { blobs: options.blobs })
    assert.deepEqual(report.problems, [])
    assert.equal(report.events, total + 2)
  })

  contract('payloads come back from records and from blobs, and only with the vault', async (disk) => {
    const options = bench(65_536)
    const { ledger } = await mustOpen(disk.open(), options)
    await fill(ledger, options, [20, 20])
    ledger.close()
    const { ledger: again, records } = await mustOpen(disk.open(), options)
    again.close()
    const stranger = openVault(sampleEntropy('other').bytes(32), sampleEntropy('other'))
    const forms = new Set<string>()
    for (const record of records) {
      if (record.event.payload === null || record.stored === null) continue
      forms.add(record.stored.form)
      const opened = openPayload(record, options.vault, options.blobs)
      assert.ok(opened.ok && opened.value.length === record.event.payload.length)
      assert.deepEqual(openPayload(record, stranger, options.blobs), { ok: false, error: 'sealed' })
    }
    assert.deepEqual([...forms].sort(), ['blob', 'inline'])
  })

  contract('a checkpoint over the head seals the ledger', async (disk) => {
    const options = bench(8192)
    const { ledger } = await mustOpen(disk.open(), options)
    await fill(ledger, options, [3, 3])
    assert.equal(verifyLedger(disk.open()).sealed, false)
    for (let round = 0; round < 70; round++) assert.equal(await checkpoint(ledger, round), null)
    ledger.close()
    const report = verifyLedger(disk.open())
    assert.deepEqual(report.problems, [])
    assert.equal(report.sealed, true)
    assert.equal(report.checkpoints, 64)
    const again = await mustOpen(disk.open(), options)
    assert.equal(await checkpoint(again.ledger, 99), null)
    again.ledger.close()
    assert.deepEqual(verifyLedger(disk.open()).problems, [])
  })

  contract('a reader sees exactly what is durable while the writer goes on', async (disk) => {
    const options = bench(8192)
    const opened = disk.open()
    const { ledger } = await mustOpen(opened, options)
    const reader = new LedgerReader(opened)
    const position = reader.from(1)
    assert.ok(position.ok)
    let seen = 0
    for (let round = 0; round < 30; round++) {
      await fill(ledger, options, [1 + (round % 5)])
      for (;;) {
        const batch: ReturnType<LedgerPosition['next']> = position.value.next()
        assert.ok(batch.ok)
        if (batch.value === null) break
        for (const record of batch.value.records) assert.equal(record.event.seq, ++seen)
      }
      assert.equal(seen, ledger.durable)
    }
    const middle = reader.at(17)
    assert.ok(middle.ok && middle.value?.event.seq === 17)
    assert.deepEqual(reader.at(seen + 1), { ok: true, value: null })
    const range = reader.range(10, 7)
    assert.ok(range.ok)
    assert.deepEqual(
      range.value.map((record) => record.event.seq),
      [10, 11, 12, 13, 14, 15, 16],
    )
    assert.equal(reader.domain(), 'main')
    ledger.close()
  })
}
