/**
 * Looking up the newest events of a process in a large ledger: their positions, out of index files; and the events
 * themselves, each read from its segment and checked against the hash of its batch.
 */
import { join } from 'node:path'
import type { ProcessId } from '../../src/base/ids.ts'
import { readableFolder } from '../../src/ledger/node-disk.ts'
import { LedgerReader } from '../../src/ledger/reader.ts'
import { folderIndexes } from '../../src/ledger/reading/index-store.ts'
import { LedgerIndex } from '../../src/ledger/reading/ledger-index.ts'
import type { Contest, Subject } from '../measure/contest.ts'
import { pieceByPiece } from '../measure/piece-by-piece.ts'
import type { LedgerHome } from './large-contests.ts'
import { agentCount, domainName } from './many-events.ts'

const newest = 100
const barUs = 50
/** Events among which the agents are all added. */
const beginning = 1_000

/** Indexes both ledgers, which takes a while the first time, and asks for the processes in turn. */
export function queryContests(large: LedgerHome, small: LedgerHome, sliceMs: number): readonly Contest[] {
  const [ours, theirs] = [openQueries(large), openQueries(small)]
  const subject = (name: string, work: () => void): Subject => ({
    name,
    slice: () => Promise.resolve(pieceByPiece(() => (work(), 1), sliceMs)),
  })
  return [
    {
      title: `positions of the last ${newest} of a process`,
      unit: '',
      ours: [subject(large.name, () => ours.positions())],
      references: [subject(small.name, () => theirs.positions())],
      bars: [{ subject: large.name, reference: null, of: 'latency', bar: barUs }],
    },
    {
      title: `last ${newest} of a process, read and verified`,
      unit: '',
      ours: [subject(large.name, () => ours.events())],
      references: [subject(small.name, () => theirs.events())],
    },
  ]
}

interface Queries {
  /** Asks for the next process. */
  positions(): readonly number[]
  /** The same, and for every one of the events. */
  events(): void
}

function openQueries({ path, name }: LedgerHome): Queries {
  const domain = join(path, 'domains', domainName)
  const disk = readableFolder(join(domain, 'ledger'))
  const processes = processesOf(new LedgerReader(disk))
  const index = new LedgerIndex(disk, folderIndexes(join(domain, 'indexes')))
  const startedAt = performance.now()
  const refreshed = index.refresh()
  if (!refreshed.ok) throw new Error(refreshed.error.message)
  process.stderr.write(`bench: ${name} indexed in ${Math.round(performance.now() - startedAt)} ms\n`)
  let asked = 0
  const positions = (): readonly number[] => {
    const found = index.newest({ process: processes[asked++ % processes.length] ?? 0 }, newest)
    if (!found.ok) throw new Error(found.error.message)
    if (found.value.length === 0) throw new Error('nothing was found of a process')
    return found.value
  }
  const events = (): void => {
    for (const seq of positions()) if (!index.at(seq).ok) throw new Error(`event ${seq} cannot be read`)
  }
  return { positions, events }
}

function processesOf(reader: LedgerReader): readonly ProcessId[] {
  const records = reader.range(1, beginning)
  if (!records.ok) throw new Error(records.error.message)
  const found = records.value.flatMap(({ event }) =>
    event.kind === 'agent.added' ? [event.body.process] : [],
  )
  if (found.length !== agentCount) throw new Error('some agents are missing')
  return found
}
