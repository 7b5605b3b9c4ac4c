/**
 * Adds the planned drivers one by one, exactly as `custos driver add` does: each is looked at, shown and
 * signed. One that fails is reported and does not stop the others; what happened is recorded after each.
 */
import { existsSync, readFileSync } from 'node:fs'
import { writeNewFile } from '../new-file.ts'
import type { Context } from '../command.ts'
import type { DriverRequest } from '../driver-addition.ts'
import { addDriver } from '../driver-addition.ts'
import type { DriverFolder } from '../driver-folder.ts'
import { driverFolder, makeDriverFolder, removeDriverFolder } from '../driver-folder.ts'
import { visible } from '../escape.ts'
import { CommandFailure, exitCodes, mayStand } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import type { FoundServer } from './found-server.ts'
import type { PlannedFile } from './import-plan.ts'
import type { ImportRecord } from './import-record.ts'
import { keepRecord, newRecord } from './import-record.ts'
import type { PreparedServer } from './prepared-server.ts'

/** A server that could not be added. */
export interface FailedServer {
  readonly server: FoundServer
  readonly why: string
}

/** What became of one file's servers. */
export interface ImportedFile {
  readonly planned: PlannedFile
  readonly record: ImportRecord
  /** Servers that are drivers now, and may leave the client's file. */
  readonly moved: readonly FoundServer[]
  readonly failed: readonly FailedServer[]
}

/** Adds what is planned for all files. */
export async function importDrivers(
  context: Context,
  kernel: KernelClient,
  files: readonly PlannedFile[],
): Promise<readonly ImportedFile[]> {
  const refused = new Set<string>()
  const results: ImportedFile[] = []
  for (const planned of files) results.push(await importFile(context, kernel, planned, refused))
  return results
}

async function importFile(
  context: Context,
  kernel: KernelClient,
  planned: PlannedFile,
  refused: Set<string>,
): Promise<ImportedFile> {
  const { client, file } = planned.file
  let record = newRecord(client.id, file.path, Date.now())
  const moved: FoundServer[] = []
  const failed: FailedServer[] = []
  for (const { server, plan } of planned.servers) {
    if (plan.do === 'skip') continue
    const { driver, digest } = plan
    const why =
      plan.do === 'add'
        ? await whyNotAdded(context, kernel, driver, plan.prepared)
        : refused.has(digest)
          ? 'it could not be added, see above'
          : null
    if (why === null) {
      moved.push(server)
      record = { ...record, drivers: [...record.drivers, { server: server.name, driver, digest }] }
      keepRecord(context.paths.home, record)
    } else {
      refused.add(digest)
      failed.push({ server, why })
      context.out.note(`${visible(server.name)} was not added: ${why.split('\n').map(visible).join('\n')}`)
    }
  }
  return { planned, record, moved, failed }
}

/** Adds one driver; null when it is there, otherwise why it is not. Lost connections are not caught. */
async function whyNotAdded(
  context: Context,
  kernel: KernelClient,
  name: string,
  prepared: PreparedServer,
): Promise<string | null> {
  const folder = driverFolder(context.paths.state, name)
  const { driver, recorded } = prepared
  const token = driver.kind === 'http' ? driver.token : null
  context.out.note('')
  context.out.note(`Driver ${name}:`)
  for (const what of recorded) context.out.note(`  WARNING: ${what} looks like a secret and will be recorded`)
  if (token !== null && !keepToken(folder, token))
    return `there is another login for a driver of that name: ${folder.credential}`
  try {
    await addDriver(context, kernel, requestOf(name, prepared))
    return null
  } catch (problem) {
    const stands = mayStand(problem)
    if (token !== null && !stands) removeDriverFolder(folder)
    if (!(problem instanceof CommandFailure) || stands || problem.exitCode === exitCodes.fault) throw problem
    return problem.message
  }
}

/** Puts a bearer token where a login of the driver would be, private; false when there is another one. */
function keepToken(folder: DriverFolder, token: string): boolean {
  const content = `${token}\n`
  if (existsSync(folder.credential)) return readFileSync(folder.credential, 'utf8') === content
  makeDriverFolder(folder)
  writeNewFile(folder.credential, content)
  return true
}

function requestOf(name: string, { driver }: PreparedServer): DriverRequest {
  const source: DriverRequest['source'] =
    driver.kind === 'http'
      ? { kind: 'server', url: driver.url, tokenFile: null }
      : {
          kind: 'command',
          words: [driver.command, ...driver.args],
          cwd: driver.cwd,
          env: driver.env,
          data: [],
        }
  return { name, source, client: [], effects: [], detail: 'short' }
}
