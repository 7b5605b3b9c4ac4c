/**
 * Appends to a real segment log in batches of a given size: events as a call makes them, sealed, encoded, chained
 * and durable. The events are made before the clock starts.
 */
import { randomBytes } from 'node:crypto'
import type { Event } from '../../src/kernel/event.ts'
import { memoryBlobs } from '../../src/ledger/blobs.ts'
import { nodeDisk } from '../../src/ledger/node-disk.ts'
import { openSegmentLog } from '../../src/ledger/open.ts'
import { sealPayloads } from '../../src/ledger/payload.ts'
import type { Vault } from '../../src/ledger/port.ts'
import { sampleEntropy, sampleEvent, sampleSigner } from '../../src/ledger/sample-events.ts'
import type { SegmentLog } from '../../src/ledger/segment-log.ts'
import { openVault } from '../../src/ledger/vault.ts'
import { encodeRecord } from '../../src/ledger/write-record.ts'
import { systemEntropy } from '../../src/machine/system-entropy.ts'
import type { Slice } from '../measure/contest.ts'
import { temporaryFolder } from '../measure/temporary-folder.ts'
import { callArguments } from '../kernel/example-call.ts'

/** A log to append to. */
export interface BatchWriter {
  /** Appends batches of `size` events for about `sliceMs`. */
  slice(size: number, sliceMs: number): Promise<Slice>
  /** As many bytes as a batch of `size` events takes in the log, padding to sectors not counted. */
  bytesOf(size: number): Uint8Array
  close(): void
}

/** Events made at a time, between which the clock stands still. */
const prepared = 4096

/** Opens a new log in a temporary folder. */
export async function openBatchWriter(): Promise<BatchWriter> {
  const folder = temporaryFolder()
  const signer = sampleSigner('bench')
  const vault = openVault(randomBytes(32), systemEntropy())
  const options = { domain: 'main', signer, vault, blobs: memoryBlobs(), entropy: sampleEntropy('bench') }
  const opened = await openSegmentLog(nodeDisk(folder.path), options, () => undefined)
  if (!opened.ok) throw new Error(opened.error.message)
  const { ledger } = opened.value
  const argumentBytes = Buffer.from(JSON.stringify(callArguments))
  const payload = {
    commitment: vault.commit(argumentBytes),
    length: argumentBytes.length,
    bytes: argumentBytes,
  }
  const eventAt = (seq: number): Event => {
    const event = sampleEvent(seq, vault, signer.publicKey)
    return event.payload === null ? event : { ...event, payload }
  }
  const eventsFrom = (seq: number, count: number): readonly Event[] =>
    Array.from({ length: count }, (_, index) => eventAt(seq + index))
  await append(ledger, eventsFrom(1, 3))
  return {
    async slice(size, sliceMs) {
      await appendFor(ledger, eventsFrom, size, sliceMs / 4)
      return appendFor(ledger, eventsFrom, size, sliceMs)
    },
    bytesOf(size) {
      const lengths = eventsFrom(4, size).map((event) => recordLength(event, vault))
      return new Uint8Array(lengths.reduce((sum, length) => sum + length, 0))
    },
    close() {
      ledger.close()
      folder.remove()
    },
  }
}

function recordLength(event: Event, vault: Vault): number {
  return encodeRecord(event, sealPayloads([event], vault).stored[0] ?? null).length
}

async function appendFor(
  ledger: SegmentLog,
  eventsFrom: (seq: number, count: number) => readonly Event[],
  size: number,
  forMs: number,
): Promise<Slice> {
  let appended = 0
  let elapsedMs = 0
  while (elapsedMs < forMs) {
    const events = eventsFrom(ledger.durable + 1, Math.max(size, Math.min(prepared, size * 64)))
    const startedAt = performance.now()
    for (let at = 0; at < events.length; at += size) {
      await append(ledger, events.slice(at, at + size))
      appended += size
      if (elapsedMs + performance.now() - startedAt >= forMs) break
    }
    elapsedMs += performance.now() - startedAt
  }
  return { perSecond: (appended / elapsedMs) * 1000, p50Us: null, p99Us: null }
}

function append(ledger: SegmentLog, events: readonly Event[]): Promise<void> {
  return new Promise((resolve, reject) => {
    ledger.append(events, (failure) => (failure === null ? resolve() : reject(new Error(failure.message))))
  })
}
