/**
 * Follows a ledger that another process writes: every batch once, in order, by looking again now and then.
 * Polling, because it needs nothing of the writer and cannot slow it down.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { LedgerProblem } from './problem.ts'
import type { LedgerReader, ReadBatch } from './reader.ts'
import type { Subscription, TailBatch } from './reading/subscription.ts'

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
  const position = reader.from(seq)
  if (!position.ok) return yield err(position.error)
  yield* following(() => position.value.next(), options)
}

/** What a subscription finds, and what it will find. Ends on abort, or after yielding a problem. */
export function followOn(
  subscription: Subscription,
  options: FollowOptions = {},
): AsyncGenerator<Result<TailBatch, LedgerProblem>, void, undefined> {
  return following(() => subscription.next(), options)
}

async function* following<T>(
  next: () => Result<T | null, LedgerProblem>,
  { pollMs = 100, signal }: FollowOptions,
): AsyncGenerator<Result<T, LedgerProblem>, void, undefined> {
  for (;;) {
    if (signal?.aborted === true) return
    const batch = next()
    if (!batch.ok) return yield batch
    if (batch.value !== null) yield ok(batch.value)
    else await sleep(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
  }
}
