/**
 * Tables as they would have been: made of the ledger up to an event, for one question, and deleted. A row of today does
 * not say what it was then, so nothing less would be right.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Result } from '../../base/result.ts'
import { err } from '../../base/result.ts'
import type { QueryAnswer } from '../../projection/ask.ts'
import { askProjection } from '../../projection/ask.ts'
import { keepUp } from '../../projection/keep-up.ts'
import { Projection } from '../../projection/projection.ts'
import type { Query } from '../../projection/query-limits.ts'
import type { HomePaths } from '../home.ts'
import { damaged, openLedgerFolder } from '../ledger-folder.ts'
import { projectionFile } from '../projection-file.ts'

/** The answer to a question as of event `seq`, or why there is none, in words that are not safe to print. */
export async function askThen(
  paths: HomePaths,
  seq: number,
  question: Omit<Query, 'file'>,
): Promise<Result<QueryAnswer, string>> {
  const parent = dirname(projectionFile(paths))
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const folder = mkdtempSync(join(parent, 'as-of-'))
  try {
    const file = join(folder, 'ledger.sqlite')
    const opened = Projection.open(file)
    if (!opened.ok) return err(opened.error.message)
    const { projection } = opened.value
    const end = await keepUp(openLedgerFolder(paths).disk, opened.value, { once: true, upTo: seq })
    projection.close()
    if (end === 'gone') return err('the tables were deleted while they were made')
    if (end !== null) throw damaged(end)
    return await askProjection({ file, ...question })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
