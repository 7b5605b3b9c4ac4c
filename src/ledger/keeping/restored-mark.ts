/** The file that marks a domain's folder as a copy from a backup, so that no kernel goes on in two places. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Its name in the domain's folder. */
export const restoredMark = 'restored.json'

/** Why the domain in that folder must not be written to, or null. */
export function whyRestored(domainFolder: string): string | null {
  const path = join(domainFolder, restoredMark)
  if (!existsSync(path)) return null
  const what = readFileSync(path, 'utf8').slice(0, 200)
  return `this is a copy that was restored from a backup (${what}), for reading only: docs/keeping.md says how to go on from one`
}
