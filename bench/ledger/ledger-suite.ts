/**
 * The ledger: a gated call on it beside what else people record calls with; durable appends by batch size beside plain
 * durable appends of the same bytes; and reading a ledger back, with everything checked, beside merely parsing its
 * export.
 */
import type { Contest, OpenSuite, Suite } from '../measure/contest.ts'
import { tightLoop } from '../measure/tight-loop.ts'
import { appendAndSyncName, openAppender } from '../reference/append-and-sync.ts'
import { jsonParseName, parseLines } from '../reference/json-lines.ts'
import { openBatchWriter } from './batch-writer.ts'
import { openGateContests } from './gate-contests.ts'
import { openIndexContest } from './index-contest.ts'
import { foldEverything, recordLedger, verifyEverything } from './recorded-ledger.ts'

const batchSizes = [1, 8, 64, 512]
const refoldName = 'refold and verify'
/** Calls whose ledger is read back; fewer in slices so short that nobody wants the numbers. */
const callsOf = (sliceMs: number): number => Math.min(50_000, sliceMs * 250)

/** The suite named `ledger`. */
export const ledgerSuite: Suite = { name: 'ledger', open: openLedgerSuite }

async function openLedgerSuite(sliceMs: number, isOnline: boolean): Promise<OpenSuite> {
  const gate = await openGateContests(sliceMs, isOnline)
  const writer = await openBatchWriter()
  const appender = openAppender()
  const recorded = await recordLedger(callsOf(sliceMs))
  const index = await openIndexContest(sliceMs)
  const appends = batchSizes.map((size): Contest => {
    const bytes = writer.bytesOf(size)
    const append = (): number => {
      appender.append(bytes)
      return size
    }
    return {
      title: `${size} a batch`,
      unit: 'events',
      ours: [{ name: 'ledger append', slice: () => writer.slice(size, sliceMs) }],
      references: [{ name: appendAndSyncName, slice: () => Promise.resolve(tightLoop(append, sliceMs)) }],
    }
  })
  const loop = (work: () => number) => () => Promise.resolve(tightLoop(work, sliceMs))
  const reading: Contest = {
    title: `${recorded.events} events`,
    unit: 'events',
    ours: [
      { name: 'verify', slice: loop(() => verifyEverything(recorded)) },
      { name: refoldName, slice: loop(() => foldEverything(recorded)) },
    ],
    references: [{ name: jsonParseName, slice: loop(() => parseLines(recorded.exported)) }],
    bars: [{ subject: refoldName, reference: jsonParseName, of: 'rate', bar: 3 }],
  }
  return {
    contests: [...gate.contests, ...appends, reading, ...index.contests],
    async close() {
      await gate.close()
      await index.close()
      appender.close()
      writer.close()
      await recorded.close()
    },
  }
}
