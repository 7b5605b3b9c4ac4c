/**
 * What an import would do, before it does anything: which servers become drivers under which names, which are
 * drivers already, and which stay where they are and why.
 */
import { canonicalJson } from '../../base/canonical-json.ts'
import { sha256Hex } from '../../base/hash.ts'
import { driverNameFrom, freeName } from './driver-name.ts'
import type { FoundServer, ReadFile } from './found-server.ts'
import type { ImportRecord } from './import-record.ts'
import type { PreparedServer, PrepareOptions, Skipped } from './prepared-server.ts'
import { prepareServer } from './prepared-server.ts'

/** What becomes of one server. */
export type Plan =
  | {
      readonly do: 'add'
      /** The name it gets as a driver. */
      readonly driver: string
      readonly prepared: PreparedServer
      readonly digest: string
    }
  /** The same program or address is a driver already, or becomes one earlier in this plan. */
  | { readonly do: 'share'; readonly driver: string; readonly digest: string }
  | { readonly do: 'skip'; readonly skipped: Skipped }

/** A server with its plan. */
export interface PlannedServer {
  readonly server: FoundServer
  readonly plan: Plan
}

/** A file with its plans. */
export interface PlannedFile {
  readonly file: ReadFile
  readonly servers: readonly PlannedServer[]
}

/** What is known of drivers: their names, and from which servers earlier imports made them. */
export interface KnownDrivers {
  readonly names: ReadonlySet<string>
  readonly records: readonly ImportRecord[]
}

/** Plans all files together, so that names and equal servers are settled across them. */
export function planImport(
  files: readonly ReadFile[],
  known: KnownDrivers,
  options: PrepareOptions,
): readonly PlannedFile[] {
  const taken = new Set(known.names)
  const made = new Map<string, string>()
  for (const { drivers } of known.records) {
    for (const { digest, driver } of drivers) if (known.names.has(driver)) made.set(digest, driver)
  }
  const planOf = (server: FoundServer): Plan => {
    const prepared = prepareServer(server, options)
    if (!prepared.ok) return { do: 'skip', skipped: prepared.error }
    const digest = digestOf(prepared.value)
    const same = made.get(digest)
    if (same !== undefined) return { do: 'share', driver: same, digest }
    const driver = freeName(driverNameFrom(server.name), taken)
    taken.add(driver)
    made.set(digest, driver)
    return { do: 'add', driver, prepared: prepared.value, digest }
  }
  return files.map((file) => ({
    file,
    servers: file.servers.map((server) => ({ server, plan: planOf(server) })),
  }))
}

/** What makes two servers the same driver. Tokens count only as being there. */
function digestOf({ driver }: PreparedServer): string {
  const { kind } = driver
  const what =
    driver.kind === 'stdio'
      ? { command: driver.command, args: driver.args, cwd: driver.cwd, env: driver.env }
      : { url: driver.url, hasToken: driver.token !== null }
  return sha256Hex(canonicalJson({ kind, ...what }))
}
