/**
 * The packages that the ledger is held against and nothing else needs: locked by `package.json` beside this file and
 * installed by the first run that wants them, because one of them is native code and together they are many.
 */
import { createRequire } from 'node:module'
import { join } from 'node:path'

/** Packages as they were installed. */
export interface Installed {
  /** The folder that holds their `node_modules`. */
  readonly folder: string
  /** Loads one by its name. The caller says what it is. */
  load(name: string): unknown
}

/** Installs them if they are not there yet. Null with the reason on standard error where that cannot be done. */
export async function openInstalled(isOnline: boolean): Promise<Installed | null> {
  if (!isOnline) return missing('--offline')
  const script = new URL('../../scripts/servers.mjs', import.meta.url).href
  const kit = (await import(script)) as { readonly ensureReferences: () => Promise<string> }
  try {
    return installedIn(await kit.ensureReferences())
  } catch (error) {
    return missing((error as Error).message)
  }
}

/** The packages installed in `folder`. */
export function installedIn(folder: string): Installed {
  return { folder, load: createRequire(join(folder, 'package.json')) }
}

function missing(why: string): null {
  process.stderr.write(`bench: without cedar, emmett and DBOS beside the ledger: ${why}\n`)
  return null
}
