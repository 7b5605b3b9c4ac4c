/**
 * Pinned code: what a driver's program consists of, as an operator accepted it. Before every start the adapter
 * computes the digests again and starts nothing that differs. A pin says what the code was; it cannot say what
 * the code loads from elsewhere, and somebody who can write to it between the check and the start is not
 * stopped by it: that is the boundary's business.
 */
import { readFile, stat } from 'node:fs/promises'
import { sha256Hex } from '../base/hash.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { CodePin, StdioProgram } from '../kernel/manifest.ts'
import { codeLimits, digestFile, listCode, reasonOf } from './code-folder.ts'

/** Pins the file or folder at `path`, which must be absolute; links to it are followed. */
export async function pinCode(path: string, origin: string): Promise<Result<CodePin, string>> {
  const digest = await digestOf(path)
  return digest.ok ? ok({ path, digest: digest.value, origin }) : digest
}

/** Why the code of `program` is not what was pinned, as a sentence about the first difference; null if it is. */
export async function whyCodeDiffers(program: StdioProgram): Promise<string | null> {
  for (const pin of program.code ?? []) {
    const why = await whyPinDiffers(pin)
    if (why !== null) return why
  }
  return null
}

/** Likewise for one pin. */
export async function whyPinDiffers(pin: CodePin): Promise<string | null> {
  const digest = await digestOf(pin.path)
  if (!digest.ok) return `the pinned code is not there any more: ${digest.error}`
  if (digest.value === pin.digest) return null
  const what = await differencesFrom(pin)
  return `the pinned code ${pin.path} was changed since it was accepted${what.length === 0 ? '' : `: ${what[0]}`}`
}

/** Where the listing of a pinned folder is kept, if it is: beside the folder, and outside of it. */
export function listingPath(folder: string): string {
  return `${folder}.listing`
}

/**
 * What differs in a pinned folder, a phrase for each file, if the listing that was pinned is kept beside it;
 * otherwise nothing. The listing is believed only when it is the one that was pinned.
 */
export async function differencesFrom(pin: CodePin): Promise<readonly string[]> {
  const kept = await readFile(listingPath(pin.path), 'utf8').catch(() => '')
  if (sha256Hex(kept) !== pin.digest) return []
  const now = await listCode(pin.path)
  return now.ok ? compareListings(kept, now.value) : [now.error]
}

function compareListings(before: string, after: string): readonly string[] {
  const [old, present] = [byPath(before), byPath(after)]
  const gone = [...old].flatMap(([path, line]) => {
    const now = present.get(path)
    if (now === undefined) return [`${path} is gone`]
    return now === line ? [] : [`${path} is not the same`]
  })
  const fresh = [...present.keys()].filter((path) => !old.has(path)).map((path) => `${path} is new`)
  return [...gone, ...fresh]
}

/** Lines of a listing by the path they begin or end with. */
function byPath(listing: string): Map<string, string> {
  const lines = listing.split('\n').slice(0, -1)
  return new Map(lines.map((line) => [/"(?:[^"\\]|\\.)*"/u.exec(line)?.[0] ?? line, line]))
}

async function digestOf(path: string): Promise<Result<string, string>> {
  try {
    const found = await stat(path)
    if (found.isDirectory()) {
      const listing = await listCode(path)
      return listing.ok ? ok(sha256Hex(listing.value)) : listing
    }
    if (!found.isFile()) return err(`${path} is neither a file nor a folder`)
    if (found.size > codeLimits.bytes) return err(`${path} holds more than ${codeLimits.bytes} bytes`)
    return ok(await digestFile(path, found.size))
  } catch (problem) {
    return err(`${path} cannot be read: ${reasonOf(problem)}`)
  }
}
