/**
 * `@event-driven-io/emmett-postgresql` as its documentation shows it: one event appended to a stream, answered when
 * its transaction is committed. Each caller has a stream of its own, so that none waits for another's. Nothing is
 * judged. Started by `database-callers.ts`.
 */
import { callArguments } from '../kernel/example-call.ts'
import { serveLoads } from './database-load.ts'
import { installedIn } from './installed.ts'

interface Emmett {
  getPostgreSQLEventStore(url: string): {
    appendToStream(stream: string, events: readonly object[]): Promise<{ nextExpectedStreamVersion: bigint }>
  }
}

const { BENCH_REFERENCES: folder = '', BENCH_DATABASE: url = '' } = process.env
const emmett = installedIn(folder).load('@event-driven-io/emmett-postgresql') as Emmett
const store = emmett.getPostgreSQLEventStore(url)
const event = { type: 'CallAdmitted', data: { agent: 'bob', action: 'write_note', ...callArguments } }

await store.appendToStream('first', [event])
serveLoads((inFlight) => {
  const streams = Array.from({ length: inFlight }, (_, caller) => `caller-${caller}`)
  return Promise.resolve({
    async call() {
      const stream = streams.pop()
      if (stream === undefined) throw new Error('there are more callers than streams')
      await store.appendToStream(stream, [event])
      streams.push(stream)
    },
    end: () => Promise.resolve(),
  })
})
