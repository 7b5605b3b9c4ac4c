/**
 * Keeps the tables of one ledger, whatever becomes of their file: one that is deleted meanwhile is made anew, and so is
 * one that turns out to be no database any more. Only the ledger itself can end it: one that is damaged, or is not the
 * one that the tables were made of, is never mixed in.
 */
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { ledgerDisk } from '../ledger/keeping/ledger-disk.ts'
import type { LedgerProblem } from '../ledger/problem.ts'
import type { WriterLock } from '../ledger/writer-lock.ts'
import { acquireWriterLock } from '../ledger/writer-lock.ts'
import type { KeepUpOptions } from './keep-up.ts'
import { keepUp } from './keep-up.ts'
import type { FileProblem } from './projection.ts'
import { fileProblem, Projection, removeProjection } from './projection.ts'

/** Why tables are not kept any more. */
export type KeepProblem =
  | { readonly what: 'ledger'; readonly problem: LedgerProblem }
  /** The file cannot be used or written; in words that are not safe to print. */
  | { readonly what: 'file'; readonly message: string }

/** How to keep tables. */
export interface KeepTablesOptions extends KeepUpOptions {
  /** Hears why the tables are made anew, or wait. */
  readonly said?: (line: string) => void
  /** How long a full disk is waited for before the next try; 10 s unless given. */
  readonly fullMs?: number
}

/** SQLite's result codes for a file that is damaged or is no database, and for one that does not find room. */
const useless: readonly number[] = [11, 26]
const full = 13

/** The database that the ledger of a domain's folder is projected into. */
export function tablesIn(domainFolder: string): string {
  return join(domainFolder, 'projections', 'ledger.sqlite')
}

/** Becomes the only process that writes to a domain's tables, until the lock is released; an error when it is not. */
export function lockTables(domainFolder: string): Result<WriterLock, string> {
  const lock = acquireWriterLock(join(domainFolder, 'projection.lock'))
  if (lock.ok) return lock
  const { code, message } = lock.error
  return err(code === 'held' ? 'another process keeps these tables up to date already' : message)
}

/** Goes on until it is ended by `signal`, or with `once` when nothing more waits. The result is the last event. */
export async function keepTables(
  domainFolder: string,
  options: KeepTablesOptions = {},
): Promise<Result<number, KeepProblem>> {
  const file = tablesIn(domainFolder)
  const { said = () => undefined, signal, fullMs = 10_000 } = options
  for (let lastUselessAt = -Infinity; ;) {
    const kept = await keepFile(domainFolder, file, options).catch(fileProblem)
    if (typeof kept === 'number') return ok(kept)
    if (kept !== 'gone' && 'what' in kept) return err(kept)
    if (kept === 'gone') {
      said('The tables were deleted: they are made anew.')
      continue
    }
    const { code, message } = kept
    const again = performance.now() - lastUselessAt < 60_000
    if (useless.includes(code) && !again) {
      said(`The tables are of no use (${message}): they are made anew.`)
      lastUselessAt = performance.now()
      removeProjection(file)
    } else if (code === full && options.once !== true) {
      said(`There is no room for the tables; they wait: ${message}`)
      await sleep(fullMs, undefined, signal === undefined ? {} : { signal }).catch(() => undefined)
      if (signal?.aborted === true) return err({ what: 'file', message })
    } else return err({ what: 'file', message })
  }
}

async function keepFile(
  domainFolder: string,
  file: string,
  options: KeepUpOptions,
): Promise<number | 'gone' | KeepProblem | FileProblem> {
  const opened = Projection.open(file)
  if (!opened.ok) return opened.error
  const { projection } = opened.value
  try {
    const end = await keepUp(ledgerDisk(domainFolder), opened.value, options)
    if (end === null) return projection.seq
    return end === 'gone' ? 'gone' : { what: 'ledger', problem: end }
  } catch (problem) {
    if (!projection.isThere) return 'gone'
    throw problem
  } finally {
    projection.close()
  }
}
