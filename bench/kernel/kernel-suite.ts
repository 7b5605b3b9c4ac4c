/**
 * Gated calls with one, 64 and 1,024 in flight: in this process, and through a client process. Beside them, what
 * one durable write of the same bytes for each call costs, and the nearest package that people install.
 */
import { readableFolder } from '../../src/ledger/node-disk.ts'
import { LedgerReader } from '../../src/ledger/reader.ts'
import { closedLoop } from '../measure/closed-loop.ts'
import type { Contest, OpenSuite, Suite } from '../measure/contest.ts'
import { appendAndSyncName, openAppender } from '../reference/append-and-sync.ts'
import {
  governanceSdkName,
  durableGovernanceSdkName,
  openGovernedAgent,
} from '../reference/governance-sdk.ts'
import { encodeLine } from '../reference/json-lines.ts'
import { openGateInProcess } from './gate-in-process.ts'
import { openGateThroughClient } from './gate-through-client.ts'

const levels = [1, 64, 1024]

/** The suite named `kernel`. */
export const kernelSuite: Suite = { name: 'kernel', open: openKernelSuite }

async function openKernelSuite(sliceMs: number): Promise<OpenSuite> {
  const gate = await openGateInProcess()
  const remote = await openGateThroughClient()
  const appender = openAppender()
  const governed = openGovernedAgent()
  const call = (): Promise<void> => gate.call()
  const bytes = await bytesOfOneCall(gate.ledgerFolder, call)
  const recorded = async (): Promise<void> => appender.inTurn(encodeLine(await governed()))
  const loop = (call: () => Promise<void>, inFlight: number) => () => closedLoop(call, inFlight, sliceMs)
  const contests = levels.map((inFlight): Contest => ({
    title: `${inFlight} in flight`,
    unit: 'calls',
    ours: [
      { name: 'gate in process', slice: loop(call, inFlight) },
      { name: 'gate through a client process', slice: () => remote.slice({ inFlight, sliceMs }) },
    ],
    references: [
      { name: appendAndSyncName, slice: loop(() => appender.inTurn(bytes), inFlight) },
      { name: governanceSdkName, slice: loop(async () => void (await governed()), inFlight) },
      { name: durableGovernanceSdkName, slice: loop(recorded, inFlight) },
    ],
  }))
  return {
    contests,
    async close() {
      appender.close()
      await remote.close()
      await gate.close()
    },
  }
}

/** As many bytes as the two records of one call take in the ledger, padding to sectors not counted. */
async function bytesOfOneCall(ledgerFolder: string, call: () => Promise<void>): Promise<Uint8Array> {
  await call()
  const records = new LedgerReader(readableFolder(ledgerFolder)).range(1, 100)
  if (!records.ok) throw new Error(records.error.message)
  const [intent, outcome] = records.value.slice(-2)
  if (intent?.event.kind !== 'call.admitted' || outcome?.event.kind !== 'call.settled')
    throw new Error('the ledger does not end with a call')
  return Buffer.concat([intent.bytes, outcome.bytes])
}
