/** Projects a ledger as it is written: whatever is new becomes durable in the database as soon as nothing more waits. */
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { LedgerProblem } from '../ledger/problem.ts'
import type { ReadableDisk } from '../ledger/readable-disk.ts'
import type { TailBatch } from '../ledger/reading/subscription.ts'
import { positionIn, Subscription } from '../ledger/reading/subscription.ts'
import type { Projection, ProjectionState } from './projection.ts'

/** How to keep up. */
export interface KeepUpOptions {
  /** Ends it, after what was begun is durable. */
  readonly signal?: AbortSignal
  /** Ends when nothing more waits. */
  readonly once?: boolean
  /** The last event to be projected: it ends when that is durable. */
  readonly upTo?: number
  /** Pause between looks when nothing is new; 200 ms unless given. */
  readonly pollMs?: number
  /** Hears of every position that became durable. */
  readonly committed?: (seq: number) => void
}

/**
 * Goes on until it is ended, or the file of the projection is `gone`. A problem means that the ledger is not what was
 * projected, or is damaged.
 */
export async function keepUp(
  disk: ReadableDisk,
  { projection, state }: { readonly projection: Projection; readonly state: ProjectionState },
  { signal, once = false, upTo = Infinity, pollMs = 200, committed }: KeepUpOptions = {},
): Promise<LedgerProblem | 'gone' | null> {
  const subscription = new Subscription(disk, state.position)
  let told = projection.seq
  const tell = (): void => {
    if (projection.seq !== told) committed?.(projection.seq)
    told = projection.seq
  }
  for (;;) {
    const batch = subscription.next()
    if (!batch.ok) return batch.error
    if (batch.value === null && !projection.isThere) return 'gone'
    if (batch.value !== null) {
      projection.add(batch.value.position.seq > upTo ? cutAt(batch.value, upTo) : batch.value)
      if (batch.value.position.seq >= upTo) {
        projection.commit()
        tell()
        return null
      }
      if (projection.seq === told) continue
      if (!projection.isThere) return 'gone'
      tell()
      // oxlint-disable-next-line no-await-in-loop -- whoever ends it must be heard while there is much to do
      await turn()
    } else {
      projection.commit()
      tell()
      if (once) return null
      // oxlint-disable-next-line no-await-in-loop -- one look after another is what is wanted
      await sleep(pollMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
    }
    if (signal?.aborted === true) {
      projection.commit()
      return null
    }
  }
}

/** The events of a batch up to `seq`, which is one of them. */
function cutAt(batch: TailBatch, seq: number): TailBatch {
  return {
    records: batch.records.filter(({ event }) => event.seq <= seq),
    position: positionIn(batch, seq),
  }
}
