/**
 * The ledger with its payloads open. Nobody reads payloads here without a record: the running kernel records who
 * reads what before anything is opened, and where nothing runs the reading is noted beside the ledger for the next
 * start, if that is asked for. Otherwise payloads stay sealed. Root, and whoever has the keys, can do without this
 * program; see docs/privacy.md.
 */
import { join } from 'node:path'
import type { JsonObject } from '../base/json.ts'
import { noteReading } from '../ledger/privacy/noted-readings.ts'
import { connectWire } from '../wire/client.ts'
import type { FlagSpec } from './arguments.ts'
import type { Context } from './command.ts'
import { visible } from './escape.ts'
import { CommandFailure } from './exit.ts'
import type { HomePaths } from './home.ts'
import { connectKernel } from './kernel-client.ts'
import type { LedgerFolder } from './ledger-folder.ts'
import { openLedgerFolder } from './ledger-folder.ts'
import { userName } from './user-name.ts'

/** The flag of every command that opens payloads. */
export const offlineFlag: FlagSpec = {
  name: 'offline',
  about: 'where nothing runs: open payloads, and note that for the next start',
}

/** What is going to be read: all events, or those from one to another. */
export interface ReadRange {
  readonly from: number
  readonly to?: number
}

/** Where readings are noted while nothing runs. */
export function notedReadings({ domain }: HomePaths): string {
  return join(domain, 'noted-readings')
}

/**
 * Opens the ledger for `purpose`, payloads and all, once the reading is recorded or noted. Where it cannot be, says
 * so and opens the ledger with its payloads sealed.
 */
export async function openForReading(
  context: Context,
  purpose: string,
  range: ReadRange = { from: 1 },
): Promise<LedgerFolder> {
  const why = await recordReading(context, { reader: userName(), purpose, ...range })
  if (why !== null) context.out.note(`Payloads stay sealed: ${why}`)
  return openLedgerFolder(context.paths, why === null ? 'opened' : 'sealed')
}

/** Records or notes a reading. Returns why that was not possible, safe to print, or null. */
async function recordReading(context: Context, reading: JsonObject): Promise<string | null> {
  const { paths } = context
  if (!(await isRunning(paths))) return noteOffline(context, reading)
  try {
    const kernel = await connectKernel(paths)
    try {
      await kernel.read(reading)
      return null
    } finally {
      kernel.close()
    }
  } catch (problem) {
    if (problem instanceof CommandFailure) return problem.message
    throw problem
  }
}

async function isRunning(paths: HomePaths): Promise<boolean> {
  for (const socket of [paths.operatorSocket, paths.supervisorSocket]) {
    const connected = await connectWire(socket, { protocol: 1 })
    if (!connected.ok) continue
    connected.value.close()
    return true
  }
  return false
}

function noteOffline({ args, out, paths }: Context, reading: JsonObject): string | null {
  if (!args.switches.has('offline'))
    return 'nothing runs that could record who reads them. With --offline it is noted for the next start.'
  try {
    noteReading(notedReadings(paths), { ...reading, offlineAt: Date.now() })
  } catch (problem) {
    out.note(`This reading could not be noted: ${visible((problem as Error).message)}`)
  }
  return null
}
