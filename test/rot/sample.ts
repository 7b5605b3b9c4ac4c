/**
 * The ledgers that rot is let loose on. Few events with long payloads, so that 64 KiB are read in half a
 * millisecond and every bit of them can be tried.
 */
import type { Instant, Seq } from '../../src/base/ids.ts'
import { id } from '../../src/base/ids.ts'
import type { Event } from '../../src/kernel/event.ts'
import { append, bench, checkpoint } from '../../src/ledger/ledger-contract.ts'
import type { Bench } from '../../src/ledger/ledger-contract.ts'
import { memoryDisk } from '../../src/ledger/memory-disk.ts'
import { openSegmentLog } from '../../src/ledger/open.ts'
import { sampleEvent } from '../../src/ledger/sample-events.ts'
import { mirroredDisk } from '../../src/ledger/safety/mirrored-disk.ts'

/** Files by name. */
export type Files = Map<string, Uint8Array>

/** A ledger, its head record and its mirror; `stages` are what the folder and the head were at each checkpoint. */
export interface Sample {
  readonly options: Bench
  readonly main: Files
  readonly head: Files
  readonly mirror: Files
  /** Last event, and the last one that a checkpoint signs. */
  readonly events: number
  readonly sealed: number
  readonly stages: readonly Files[]
}

/** Shape of a sample. */
export interface SampleOptions {
  readonly segmentBytes: number
  /** Batches; a checkpoint follows each `every`-th of them. */
  readonly batches: number
  readonly every: number
  readonly payloadBytes: number
}

/** Makes one. */
export async function makeSample({
  segmentBytes,
  batches,
  every,
  payloadBytes,
}: SampleOptions): Promise<Sample> {
  const main = memoryDisk()
  const mirror = memoryDisk()
  const head = memoryDisk()
  const options: Bench = { ...bench(segmentBytes), headDisk: head }
  const opened = await openSegmentLog(mirroredDisk(main, mirror, null), options, () => undefined)
  if (!opened.ok) throw new Error(opened.error.message)
  const { ledger } = opened.value
  const stages: Files[] = []
  let sealed = 0
  for (let batch = 1; batch <= batches; batch++) {
    // oxlint-disable-next-line no-await-in-loop -- one append at a time
    const failure = await append(ledger, [eventOf(batch, payloadBytes, options)])
    if (failure !== null) throw new Error(failure.message)
    if (batch % every !== 0) continue
    stages.push(copyOf(main.files))
    sealed = batch
    // oxlint-disable-next-line no-await-in-loop -- and no checkpoint meanwhile
    await checkpoint(ledger, id<Instant>(batch))
  }
  await settled()
  ledger.close()
  return {
    options,
    main: main.files,
    head: head.files,
    mirror: mirror.files,
    events: batches,
    sealed,
    stages,
  }
}

/** Lets what is prepared in the background come to its end. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

/** A copy of files. */
export function copyOf(files: Files): Files {
  return new Map([...files].map(([name, bytes]) => [name, bytes.slice()]))
}

function eventOf(seq: number, payloadBytes: number, { vault, signer }: Bench): Event {
  const event = sampleEvent(seq, vault, signer.publicKey)
  if (event.payload === null) return event
  const bytes = new Uint8Array(payloadBytes).fill(seq)
  return {
    ...event,
    seq: id<Seq>(seq),
    payload: { commitment: vault.commit(bytes), length: bytes.length, bytes },
  }
}
