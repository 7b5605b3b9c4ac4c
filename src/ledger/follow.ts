/**
 * Follows a ledger that another process writes: every batch once, in order, by looking again now and then.
 * Polling, because it needs nothing of the writer and cannot slow it down.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { LedgerProblem } from './problem.ts'
import type { LedgerReader, ReadBatch } from './reader.ts'

/** How to follow. */
export interface FollowOptions {
  /** Pause between looks when nothing is new; 100 ms unless given. */
  readonly pollMs?: number
  /** Ends the following. */
  readonly signal?: AbortSignal
}

/** Batches from the one that holds event `seq` on. Ends on abort, or after yielding a problem. */
export async function* follow(
  reader: LedgerReader,
  seq: number,
  options: FollowOptions = {},
): AsyncGenerator<Result<ReadBatch, LedgerProblem>, void, undefined> {
  const { signal } = options
  const position = reader.from(seq)
  if (!position.ok) return yield err(position.error)
  for (;;) {
    if (signal?.aborted === true) return
    const batch = position.value.next()
    if (!batch.ok) return yield batch
    if (batch.value !== null) yield ok(batch.value)
    else await pause(options.pollMs ?? 100, signal)
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
}
