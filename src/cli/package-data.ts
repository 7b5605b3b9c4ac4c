/**
 * Packages that write their data beside their own code unless an environment variable says otherwise. Pinned
 * code that is written to is not started again, so such a package is given a place of its own.
 */
import { join } from 'node:path'

/** By package: the variable, and the name of the file in the driver's data folder. */
const places: ReadonlyMap<string, { readonly variable: string; readonly file: string }> = new Map([
  ['@modelcontextprotocol/server-memory', { variable: 'MEMORY_FILE_PATH', file: 'memory.jsonl' }],
])

/** Variables that keep the package's data out of its code; none for packages that need none. */
export function dataVariables(name: string, dataFolder: string): { readonly [name: string]: string } {
  const place = places.get(name)
  return place === undefined ? {} : { [place.variable]: join(dataFolder, place.file) }
}
