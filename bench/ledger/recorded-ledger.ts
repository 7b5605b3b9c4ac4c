/** A ledger that real calls wrote, and the ways to read all of it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { evolve } from '../../src/kernel/evolve.ts'
import { initialState } from '../../src/kernel/state.ts'
import { exportLine } from '../../src/ledger/export.ts'
import { readableFolder } from '../../src/ledger/node-disk.ts'
import { scanSegments } from '../../src/ledger/scan.ts'
import { verifyLedger } from '../../src/ledger/verify.ts'
import { openGateInProcess } from '../kernel/gate-in-process.ts'

/** A finished ledger and its export. */
export interface RecordedLedger {
  readonly folder: string
  readonly events: number
  /** File with the NDJSON export, payloads not opened. */
  readonly exported: string
  close(): Promise<void>
}

const inFlight = 500

/** Makes `calls` calls through a gate in this process and exports what they left. */
export async function recordLedger(calls: number): Promise<RecordedLedger> {
  const gate = await openGateInProcess()
  let left = calls
  const caller = async (): Promise<void> => {
    while (left-- > 0) await gate.call()
  }
  await Promise.all(Array.from({ length: inFlight }, caller))
  const lines: string[] = []
  const scan = scanSegments(readableFolder(gate.ledgerFolder), {
    record: (record) => void lines.push(exportLine('main', record)),
    batchEnd: () => undefined,
  })
  if (!scan.ok) throw new Error(scan.error.message)
  const exported = join(gate.ledgerFolder, '..', 'export.ndjson')
  writeFileSync(exported, `${lines.join('\n')}\n`)
  return { folder: gate.ledgerFolder, events: lines.length, exported, close: () => gate.close() }
}

/** Verifies the ledger as `custos ledger verify` does, but for its tree. Returns how many events it holds. */
export function verifyEverything({ folder }: RecordedLedger): number {
  const { events, problems } = verifyLedger(readableFolder(folder))
  if (problems[0] !== undefined) throw new Error(problems[0].message)
  return events
}

/** Checks every byte and folds every event into a state, as a kernel does when it starts. */
export function foldEverything({ folder }: Pick<RecordedLedger, 'folder'>): number {
  const state = initialState()
  const scan = scanSegments(readableFolder(folder), {
    keepsNothing: true,
    record: ({ fleeting }) => evolve(state, fleeting),
    batchEnd: () => undefined,
  })
  if (!scan.ok) throw new Error(scan.error.message)
  return state.seq
}
