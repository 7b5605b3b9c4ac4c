/**
 * The index files of sealed segments, built from their bytes and written, beside SQLite loaded with what they are built
 * from. Reading the segments is part of ours and of nobody else's.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { eventCodes } from '../../src/kernel/event-codes.ts'
import { readableFolder } from '../../src/ledger/node-disk.ts'
import { IndexBuilder } from '../../src/ledger/reading/build-index.ts'
import { EarlierProcess } from '../../src/ledger/reading/earlier-process.ts'
import { folderIndexes, indexName } from '../../src/ledger/reading/index-store.ts'
import type { SegmentFacts } from '../../src/ledger/reading/segment-facts.ts'
import { readFacts } from '../../src/ledger/reading/segment-facts.ts'
import type { LedgerRecord } from '../../src/ledger/record.ts'
import { scanSegments } from '../../src/ledger/scan.ts'
import type { Contest, OpenSuite, Subject } from '../measure/contest.ts'
import { temporaryFolder } from '../measure/temporary-folder.ts'
import { tightLoop } from '../measure/tight-loop.ts'
import type { EventRow } from '../reference/sqlite-bulk-load.ts'
import { openBulkLoader, sqliteBulkLoadName, sqliteNumbersName } from '../reference/sqlite-bulk-load.ts'
import { runStep } from './large-contests.ts'
import { domainName } from './many-events.ts'

/** At least one segment is sealed with the fewest, which are for slices so short that nobody wants the numbers. */
const [fewest, most] = [100_000, 200_000]
const name = 'segment index build'
const bar = 25

/** Makes a ledger of up to 200,000 events, of which those in sealed segments are indexed. */
export async function openIndexContest(sliceMs: number): Promise<OpenSuite> {
  const folder = temporaryFolder()
  const events = Math.min(most, Math.max(fewest, sliceMs * 1_000))
  await runStep('make', folder.path, String(events))
  const ledger = join(folder.path, 'domains', domainName, 'ledger')
  const facts = begunSegments(ledger)
  const sealedEvents = (facts.at(-1)?.firstSeq ?? 1) - 1
  const loader = openBulkLoader(rowsOf(ledger, sealedEvents))
  const builder = openBuilder(ledger, facts)
  const indexes = join(folder.path, 'indexes')
  // Like SQLite's: what was written is removed before it is written again, and before the system flushes it.
  const build = (): number => {
    rmSync(indexes, { recursive: true, force: true })
    return buildAll(builder, facts, indexes)
  }
  const loading = (reference: string, withRecord: boolean): Subject => ({
    name: reference,
    slice: () => Promise.resolve(tightLoop(() => loader.load(withRecord), sliceMs)),
  })
  const contest: Contest = {
    title: `${sealedEvents} events`,
    unit: 'events',
    ours: [
      {
        name,
        slice: () => Promise.resolve(tightLoop(build, sliceMs)),
      },
    ],
    references: [loading(sqliteBulkLoadName, true), loading(sqliteNumbersName, false)],
    bars: [{ subject: name, reference: sqliteBulkLoadName, of: 'rate', bar }],
  }
  return {
    contests: [contest],
    close() {
      loader.close()
      folder.remove()
      return Promise.resolve()
    },
  }
}

function begunSegments(ledger: string): readonly SegmentFacts[] {
  const disk = readableFolder(ledger)
  const found: SegmentFacts[] = []
  for (let ordinal = 1; ; ordinal++) {
    const facts = readFacts(disk, ordinal)
    if (facts === null) break
    found.push(facts)
  }
  if (found.length < 2) throw new Error('no segment was sealed')
  return found
}

/** In the same memory again and again: a ledger of millions of events has hundreds of segments. */
function openBuilder(ledger: string, facts: readonly SegmentFacts[]): IndexBuilder {
  const disk = readableFolder(ledger)
  const earlier = new EarlierProcess(disk, () => facts)
  return new IndexBuilder(disk, (seq) => earlier.of(seq))
}

/** Builds and writes the index of each sealed segment. Returns how many events they hold. */
function buildAll(builder: IndexBuilder, facts: readonly SegmentFacts[], indexes: string): number {
  const store = folderIndexes(indexes)
  for (const [at, segment] of facts.slice(0, -1).entries()) {
    const next = facts[at + 1]
    if (next === undefined) throw new Error('a sealed segment is followed by another')
    const built = builder.build(segment, next)
    if (!built.ok) throw new Error(built.error.message)
    if (!store.write(indexName(segment.ordinal), built.value)) throw new Error('an index was not written')
  }
  return (facts.at(-1)?.firstSeq ?? 1) - 1
}

function rowsOf(ledger: string, until: number): readonly EventRow[] {
  const rows: EventRow[] = []
  const processes = new Map<number, number>()
  const scan = scanSegments(readableFolder(ledger), {
    record(record) {
      if (record.event.seq <= until) rows.push(rowOf(record, processes))
    },
    batchEnd: () => undefined,
  })
  if (!scan.ok) throw new Error(scan.error.message)
  return rows
}

/** What a driver's event is looked up by is the process whose call it ended. */
function rowOf({ event, bytes }: LedgerRecord, processes: Map<number, number>): EventRow {
  const { seq, at, actor, cause, authority, kind } = event
  const process = actor.kind === 'process' ? actor.id : (processes.get(cause) ?? 0)
  if (kind === 'call.admitted') processes.set(seq, process)
  const operator = actor.kind === 'operator' ? actor.id : 0
  const capability = authority?.capability ?? 0
  return { seq, at, process, capability, kind: eventCodes[kind], operator, record: Uint8Array.from(bytes) }
}
