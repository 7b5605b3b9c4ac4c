/**
 * How a domain's ledger is kept safe: `safeguards.json` in the domain's folder, written by whoever runs the home
 * and read when the kernel starts. No agent and no order of another domain reaches it.
 */
import { readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { canonicalJson } from '../../base/canonical-json.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { isJsonObject } from '../../base/json.ts'
import { replaceFile } from '../replace-file.ts'
import { headFile } from './head-record.ts'

/** What was chosen. */
export interface SafeguardChoice {
  /** Folder of the head record; the domain's own unless chosen. */
  readonly head: string | null
  /** Folder of the mirror, or null for none. */
  readonly mirror: string | null
  /** Whether the kernel goes on when the mirror fails. It stops unless somebody chose otherwise. */
  readonly goesOnWithoutMirror: boolean
}

const nothingChosen: SafeguardChoice = { head: null, mirror: null, goesOnWithoutMirror: false }
const limits = { maxBytes: 16_384, maxDepth: 2, maxValues: 16 }

/** The file. */
export function safeguardsFile(domainFolder: string): string {
  return join(domainFolder, 'safeguards.json')
}

/** Folder of the head record where nobody chose another. */
export function headFolder(domainFolder: string, { head }: SafeguardChoice): string {
  return head ?? join(domainFolder, 'head')
}

/** The head record of a domain as it is now, or null when there is none, or none that can be read. */
export function headRecordOf(domainFolder: string): Uint8Array | null {
  const choice = readSafeguards(domainFolder)
  try {
    return choice.ok ? readFileSync(join(headFolder(domainFolder, choice.value), headFile)) : null
  } catch {
    return null
  }
}

/** What was chosen; the error says what is wrong with the file. */
export function readSafeguards(domainFolder: string): Result<SafeguardChoice, string> {
  const path = safeguardsFile(domainFolder)
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ok(nothingChosen)
    return err(`${path} cannot be read: ${(error as Error).message}`)
  }
  const parsed = parseStrictJson(bytes, limits)
  if (!parsed.ok || !isJsonObject(parsed.value)) return err(`${path} is not a file of safeguards`)
  const { head = null, mirror = null, goesOnWithoutMirror = false, ...rest } = parsed.value
  const [stray] = Object.keys(rest)
  if (stray !== undefined) return err(`${path}: "${stray}" is not known`)
  if (!isFolder(head) || !isFolder(mirror)) return err(`${path}: a folder is an absolute path or null`)
  if (typeof goesOnWithoutMirror !== 'boolean') return err(`${path}: goesOnWithoutMirror is true or false`)
  return ok({ head, mirror, goesOnWithoutMirror })
}

function isFolder(value: unknown): value is string | null {
  return value === null || (typeof value === 'string' && isAbsolute(value) && value.length <= 4096)
}

/** Writes the choice; it is durable when this returns, and holds from the next start on. */
export function writeSafeguards(domainFolder: string, choice: SafeguardChoice): void {
  const { head, mirror, goesOnWithoutMirror } = choice
  replaceFile(safeguardsFile(domainFolder), canonicalJson({ head, mirror, goesOnWithoutMirror }))
}
