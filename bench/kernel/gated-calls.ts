/**
 * Gated calls: bytes in, parsed strictly, judged under a capability with two argument constraints four derivations
 * below its grant, digested, committed to, sealed, recorded durably, and only then acknowledged. No driver: what an
 * admitted call leads to is measured as an effect call. As calls that nobody settles would pile up as in no real
 * domain, each piece of a slice is settled when the clock has stopped, and its space in the ledger taken.
 */
import type { CallId } from '../../src/base/ids.ts'
import type { Waiter } from '../../src/machine/waiter.ts'
import type { Slice } from '../measure/contest.ts'
import { quantile } from '../measure/statistics.ts'
import { openExampleDomain } from './example-domain.ts'
import { callArguments, resultBytes, selector } from './example-call.ts'

/** Gated calls in this process. */
export interface GatedCalls {
  /** Keeps `inFlight` calls under way for about `sliceMs` of measured time; the warm-up is not counted. */
  slice(inFlight: number, sliceMs: number): Promise<Slice>
  /** How many events its ledger holds. */
  events(): number
  /** Waits until everything is durable, closes the ledger and removes the folder. */
  close(): Promise<void>
}

const depth = 4
/** Calls between two times of settling. */
const piece = 1024
const warmUpShare = 0.25

/** Opens a new domain in a temporary folder, with one agent that may make the example call. */
export async function openGatedCalls(): Promise<GatedCalls> {
  /** Of the calls whose intent is not durable yet, in the order of their events. */
  let acknowledge: (() => void)[] = []
  let acknowledged = 0
  const admitted: CallId[] = []
  const domain = await openExampleDomain(depth, {
    dispatcherOf: () => null,
    onDurable: (event) => {
      if (event.kind !== 'call.admitted') return
      admitted.push(event.body.call)
      acknowledge[acknowledged++]?.()
      if (acknowledged < acknowledge.length) return
      acknowledge = []
      acknowledged = 0
    },
  })
  const { exchange, vault, process, handle } = domain
  const refused = (): never => {
    throw new Error('a gated call was not admitted')
  }
  const ended = (): void => undefined
  const waiter = (): Waiter => ({ held: refused, refused, ended })
  const bytes = Buffer.from(JSON.stringify(callArguments))
  const call = (): Promise<void> =>
    new Promise((resolve) => {
      acknowledge.push(resolve)
      exchange.call({ process, designation: { handle }, selector, bytes }, waiter())
    })
  const result = { commitment: vault.commit(resultBytes), length: resultBytes.length, bytes: resultBytes }
  const settle = async (): Promise<void> => {
    const end = {
      kind: 'call.settle',
      outcome: 'done',
      reason: '',
      released: false,
      payload: result,
    } as const
    for (const done of admitted) exchange.submit({ ...end, call: done })
    admitted.length = 0
    await domain.settled()
  }
  return {
    async slice(inFlight, sliceMs) {
      await drive(call, settle, inFlight, sliceMs * warmUpShare)
      const { waitedMs, elapsedMs } = await drive(call, settle, inFlight, sliceMs)
      return {
        perSecond: (waitedMs.length / elapsedMs) * 1000,
        p50Us: quantile(waitedMs, 0.5) * 1000,
        p99Us: quantile(waitedMs, 0.99) * 1000,
      }
    },
    events: () => domain.events(),
    close: () => domain.close(),
  }
}

/** Callers that ask again as soon as they were acknowledged, piece by piece; between two the clock stands still. */
async function drive(
  call: () => Promise<void>,
  settle: () => Promise<void>,
  inFlight: number,
  forMs: number,
): Promise<{ readonly waitedMs: readonly number[]; readonly elapsedMs: number }> {
  const waitedMs: number[] = []
  const caller = async (): Promise<void> => {
    let now = performance.now()
    for (let left = piece / inFlight; left > 0; left--) {
      const askedAt = now
      await call()
      now = performance.now()
      waitedMs.push(now - askedAt)
    }
  }
  let elapsedMs = 0
  while (elapsedMs < forMs) {
    const startedAt = performance.now()
    await Promise.all(Array.from({ length: inFlight }, caller))
    elapsedMs += performance.now() - startedAt
    await settle()
  }
  return { waitedMs, elapsedMs }
}
