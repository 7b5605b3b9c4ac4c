/**
 * What a long campaign has done so far, as lines of a file: one for the code that it runs, then one for each range.
 * The same campaign begun again with the same file goes on where it ended; with other code it does not, because
 * seeds say nothing about code that did not run them.
 */
import { createHash } from 'node:crypto'
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../../src/base/result.ts'
import { err, ok } from '../../src/base/result.ts'
import type { RangeReport } from './worker.ts'

const root = new URL('../../', import.meta.url).pathname
const folders = ['base', 'wire', 'kernel', 'ledger', 'seal', 'machine', 'supervisor'].map(
  (name) => `src/${name}`,
)

/** SHA-256 in hex over the trusted core and the simulator: what decides what a seed does. */
export function codeDigest(): string {
  const hash = createHash('sha256')
  for (const folder of [...folders, 'test/simulation']) {
    const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    for (const file of files.filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts')).toSorted())
      hash.update(`${folder}/${file}\n`).update(readFileSync(join(root, folder, file)))
  }
  return hash.digest('hex')
}

/** A journal that can be added to. */
export interface Journal {
  /** Ranges that are done. */
  readonly done: readonly RangeReport[]
  add(range: RangeReport): void
}

/** Opens or begins a journal. Refused when it is of other code, or no journal. */
export function openJournal(path: string, code: string): Result<Journal, string> {
  const add = (range: RangeReport): void => appendFileSync(path, `${JSON.stringify(range)}\n`)
  if (!existsSync(path)) {
    writeFileSync(path, `${JSON.stringify({ code })}\n`, { flag: 'wx' })
    return ok({ done: [], add })
  }
  const whole = readFileSync(path, 'utf8')
  const lines = whole.split('\n').slice(0, -1)
  try {
    const begun = JSON.parse(lines[0] ?? '{}') as { readonly code?: string }
    if (begun.code !== code) return err(`${path} was begun with other code: name another file`)
    // A line that was being written when the campaign ended is not counted, and nothing is added to it.
    if (!whole.endsWith('\n')) writeFileSync(path, `${lines.join('\n')}\n`)
    return ok({ done: lines.slice(1).map((line) => JSON.parse(line) as RangeReport), add })
  } catch {
    return err(`${path} is no journal of a campaign`)
  }
}
