/**
 * One writer per ledger. The lock is an exclusive transaction on a small SQLite file beside the ledger's
 * folder: an operating-system lock that dies with the process that holds it, however it dies, so there is
 * never a stale one to remove. Held until `release` or the end of the process.
 */
import { DatabaseSync } from 'node:sqlite'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'

/** A lock that is held. */
export interface WriterLock {
  release(): void
}

/** Why the lock was not taken. */
export interface LockProblem {
  readonly code: 'held' | 'io'
  /** Says what to do about it. */
  readonly message: string
}

/** Takes the lock whose file is `path` (made if missing), or says who to ask. Does not wait. */
export function acquireWriterLock(path: string): Result<WriterLock, LockProblem> {
  let database: DatabaseSync | null = null
  try {
    database = new DatabaseSync(path, { timeout: 0 })
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database?.close()
    return err(problemOf(error, path))
  }
  const held = database
  return ok({
    release() {
      if (held.isOpen) held.close()
    },
  })
}

function problemOf(error: unknown, path: string): LockProblem {
  const { message, errcode } = error as Error & { errcode?: number }
  const busy = 5
  if (errcode !== undefined && (errcode & 0xff) === busy) {
    return {
      code: 'held',
      message: `another process is writing to this ledger (${path} is locked): stop it first; if it is gone, so is its lock`,
    }
  }
  return { code: 'io', message: `the lock file ${path} cannot be used: ${message}` }
}
