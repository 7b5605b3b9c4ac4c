/**
 * Homes of one run of the tests share what Node.js made of our sources: most of what starts in them loads the same
 * files, and each home by itself would begin with none of it.
 */
import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

/** Lets a home that is not used yet keep its compiled code where the tests do, when they do. */
export function shareCompiledCode(home: string): void {
  const shared = process.env['CUSTOS_TEST_HOMES_CODE']
  if (shared === undefined) return
  mkdirSync(join(home, 'cache'), { recursive: true, mode: 0o700 })
  symlinkSync(shared, join(home, 'cache', 'code'))
}
