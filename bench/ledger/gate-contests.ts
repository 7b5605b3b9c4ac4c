/**
 * What the ledger exists for, a gated call that is durable before it is acknowledged, beside what people put together
 * for it: a policy engine and a table, an event store, a workflow step, a governance library, a bare durable append.
 */
import { readableFolder } from '../../src/ledger/node-disk.ts'
import { LedgerReader } from '../../src/ledger/reader.ts'
import { openGatedCalls } from '../kernel/gated-calls.ts'
import { openGateInProcess } from '../kernel/gate-in-process.ts'
import { openGateThroughClient } from '../kernel/gate-through-client.ts'
import { closedLoop } from '../measure/closed-loop.ts'
import type { Bar, Contest, OpenSuite, Slice, Subject } from '../measure/contest.ts'
import { appendAndSyncName, openAppender } from '../reference/append-and-sync.ts'
import { cedarAndSqliteName, openCedarAndSqlite } from '../reference/cedar-and-sqlite.ts'
import { dbosName, emmettName, openDatabaseCallers } from '../reference/database-callers.ts'
import { governanceSdkName, openGovernedAgent } from '../reference/governance-sdk.ts'
import { openInstalled } from '../reference/installed.ts'

const gatedName = 'gated call'
const levels = [1, 64, 1024]

/** What keeps so many operations under way for so long. */
interface Loaded {
  readonly name: string
  slice(inFlight: number, sliceMs: number): Promise<Slice>
}

/** Several of them, and the end of what they stand on. */
interface Opened {
  readonly all: readonly Loaded[]
  close(): Promise<void>
}

/** What is promised of a gated call, by the number in flight. */
const promised: ReadonlyMap<number, readonly Omit<Bar, 'subject'>[]> = new Map([
  [1, [{ reference: appendAndSyncName, of: 'latency', bar: 1.3 }]],
  [
    64,
    [
      { reference: cedarAndSqliteName, of: 'rate', bar: 40 },
      { reference: governanceSdkName, of: 'rate', bar: 2 },
      { reference: emmettName, of: 'rate', bar: 30 },
      { reference: dbosName, of: 'rate', bar: 60 },
    ],
  ],
  [
    1024,
    [
      { reference: cedarAndSqliteName, of: 'rate', bar: 70 },
      { reference: governanceSdkName, of: 'rate', bar: 4 },
    ],
  ],
])

/** Opens the gate three times, and every reference that can be had. */
export async function openGateContests(sliceMs: number, isOnline: boolean): Promise<OpenSuite> {
  const effects = await openGateInProcess()
  const bytes = await bytesOfOneIntent(effects.ledgerFolder, () => effects.call())
  const ours = await openOurs(effects)
  const libraries = openLibraries(bytes)
  const installed = await openInstalledReferences(isOnline)
  const subjectsOf = ({ all }: Opened, inFlight: number): readonly Subject[] =>
    all.map((loaded) => ({ name: loaded.name, slice: () => loaded.slice(inFlight, sliceMs) }))
  return {
    contests: levels.map((inFlight): Contest => ({
      title: `${inFlight} at once`,
      unit: 'calls',
      ours: subjectsOf(ours, inFlight),
      references: [...subjectsOf(libraries, inFlight), ...subjectsOf(installed, inFlight)],
      bars: (promised.get(inFlight) ?? []).map((bar) => ({ ...bar, subject: gatedName })),
    })),
    async close() {
      await installed.close()
      await libraries.close()
      await ours.close()
      await effects.close()
    },
  }
}

async function openOurs(effects: { call(): Promise<void> }): Promise<Opened> {
  const calls = await openGatedCalls()
  const remote = await openGateThroughClient()
  return {
    all: [
      { name: gatedName, slice: (inFlight, sliceMs) => calls.slice(inFlight, sliceMs) },
      repeated('effect call', () => effects.call()),
      {
        name: 'effect call through a client process',
        slice: (inFlight, sliceMs) => remote.slice({ inFlight, sliceMs }),
      },
    ],
    async close() {
      await remote.close()
      await calls.close()
    },
  }
}

function openLibraries(bytes: Uint8Array): Opened {
  const appender = openAppender()
  const governed = openGovernedAgent()
  return {
    all: [
      repeated(appendAndSyncName, () => Promise.resolve(appender.append(bytes))),
      repeated(governanceSdkName, async () => void (await governed())),
    ],
    close: () => Promise.resolve(appender.close()),
  }
}

async function openInstalledReferences(isOnline: boolean): Promise<Opened> {
  const installed = await openInstalled(isOnline)
  if (installed === null) return { all: [], close: () => Promise.resolve() }
  const cedar = openCedarAndSqlite(installed)
  const databases = await openDatabaseCallers(installed)
  return {
    all: [repeated(cedarAndSqliteName, () => Promise.resolve(cedar.call())), ...(databases?.callers ?? [])],
    async close() {
      await databases?.close()
      cedar.close()
    },
  }
}

function repeated(name: string, call: () => Promise<void>): Loaded {
  return { name, slice: (inFlight, sliceMs) => closedLoop(call, inFlight, sliceMs) }
}

/** As many bytes as the record of one gated call takes in the ledger, padding to sectors not counted. */
async function bytesOfOneIntent(ledgerFolder: string, call: () => Promise<void>): Promise<Uint8Array> {
  await call()
  const records = new LedgerReader(readableFolder(ledgerFolder)).range(1, 100)
  if (!records.ok) throw new Error(records.error.message)
  const intent = records.value.findLast(({ event }) => event.kind === 'call.admitted')
  if (intent === undefined) throw new Error('the ledger holds no call')
  return Uint8Array.from(intent.bytes)
}
