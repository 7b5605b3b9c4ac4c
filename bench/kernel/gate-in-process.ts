/**
 * Effect calls in this process: a driver that answers at once, and two durable events for every call, the intent
 * before the dispatch and the outcome before the answer.
 */
import type { Dispatcher } from '../../src/machine/departure.ts'
import { openExampleDomain } from './example-domain.ts'
import { callArguments, resultBytes, selector } from './example-call.ts'

/** A gate in this process. */
export interface GateInProcess {
  /** Where its ledger is. */
  readonly ledgerFolder: string
  /** One governed call, with its arguments made into bytes; rejects unless it was done. */
  call(): Promise<void>
  /** Waits until everything is durable, closes the ledger and removes the folder. */
  close(): Promise<void>
}

/** Opens a new domain in a temporary folder, with one agent that may make the example call. */
export async function openGateInProcess(): Promise<GateInProcess> {
  const domain = await openExampleDomain(0, {
    dispatcherOf: () => answersAtOnce,
    onDurable: () => undefined,
  })
  const { exchange, process, handle, ledgerFolder } = domain
  return {
    ledgerFolder,
    call: () =>
      new Promise((resolve, reject) => {
        const bytes = Buffer.from(JSON.stringify(callArguments))
        exchange.call(
          { process, designation: { handle }, selector, bytes },
          {
            held: () => reject(new Error('the call was held')),
            refused: (why) => reject(new Error(why.message)),
            ended: ({ outcome }) => (outcome === 'done' ? resolve() : reject(new Error(outcome))),
          },
        )
      }),
    close: () => domain.close(),
  }
}

const answersAtOnce: Dispatcher = {
  dispatch(departure) {
    const answer = { kind: 'answered', outcome: 'done', reason: '', result: resultBytes } as const
    if (departure.mayLeave()) queueMicrotask(() => departure.onAnswer(answer))
    return () => undefined
  },
}
