/**
 * One database that a ledger is projected into, in a process of its own: the kernel never waits for it, and it may lag,
 * be killed, deleted and made anew. Events and the position that they lead to are one transaction.
 */
import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { TailBatch } from '../ledger/reading/subscription.ts'
import type { TailPosition } from '../ledger/reading/tail-position.ts'
import { parseTailPosition, showTailPosition } from '../ledger/reading/tail-position.ts'
import { EventProjector } from './project-event.ts'
import { projectionSchema, projectionVersion } from './schema.ts'

/** Events of one transaction while there is much to catch up with. */
const mostInTransaction = 20_000

/** How far a projection is. */
export interface ProjectionState {
  /** Null before anything was projected. */
  readonly position: TailPosition | null
  readonly seq: number
}

/** Why a file cannot be used, with SQLite's result code for it, or 0; the words are not safe to print. */
export interface FileProblem {
  readonly code: number
  readonly message: string
}

/** The database of a projection, open for writing; one process at a time. */
export class Projection {
  readonly #database: DatabaseSync
  readonly #projector: EventProjector
  readonly #most: number
  readonly #file: string
  readonly #inode: number
  #seq: number
  #pending: TailBatch[] = []
  #pendingEvents = 0

  private constructor(database: DatabaseSync, file: string, seq: number, most: number) {
    this.#database = database
    this.#file = file
    this.#inode = inodeOf(file)
    this.#most = most
    this.#projector = new EventProjector(database)
    this.#seq = seq
  }

  /**
   * Opens the file, or makes it; one of another version is made anew. The error says what is wrong with the file: it
   * may then be deleted, which costs nothing but time. `most` events are one transaction while there are many.
   */
  static open(
    file: string,
    most: number = mostInTransaction,
  ): Result<{ readonly projection: Projection; readonly state: ProjectionState }, FileProblem> {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    // What belonged to a file that was deleted is of no use to the next.
    if (!existsSync(file)) removeProjection(file)
    for (const attempt of ['as it is', 'anew']) {
      if (attempt === 'anew') removeProjection(file)
      let database: DatabaseSync | null = null
      try {
        database = new DatabaseSync(file, { timeout: 10_000 })
        database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL')
        const found = readState(database) ?? begin(database)
        if (found.version === projectionVersion) {
          const { state } = found
          return ok({ projection: new Projection(database, file, state.seq, most), state })
        }
        database.close()
      } catch (problem) {
        database?.close()
        return err(fileProblem(problem))
      }
    }
    return err({ code: 0, message: 'the file is of another version, and cannot be made anew' })
  }

  /** Position of the last event that is durable here. */
  get seq(): number {
    return this.#seq
  }

  /** False once the file was deleted, or another was put in its place: what is written then is lost. */
  get isThere(): boolean {
    return this.#inode !== 0 && inodeOf(this.#file) === this.#inode
  }

  /** Takes a batch. It is durable after the next `commit`, or now when enough has come together. */
  add(batch: TailBatch): void {
    this.#pending.push(batch)
    this.#pendingEvents += batch.records.length
    if (this.#pendingEvents >= this.#most) this.commit()
  }

  /** Makes everything that was taken durable, with its position, at once or not at all. */
  commit(): void {
    const last = this.#pending.at(-1)
    if (last === undefined) return
    this.#database.exec('BEGIN IMMEDIATE')
    try {
      // Somebody else may have gone on from the same position: then nothing of this is added.
      const now = readState(this.#database)?.state.seq
      if (now !== this.#seq)
        throw new Error(`another process projects into this file, and is at event ${now}`)
      for (const { records } of this.#pending) for (const { event } of records) this.#projector.add(event)
      const { position } = last
      this.#database
        .prepare('UPDATE projected SET position = ?, seq = ?')
        .run(showTailPosition(position), position.seq)
      this.#database.exec('COMMIT')
      this.#seq = position.seq
    } catch (problem) {
      this.#database.exec('ROLLBACK')
      throw problem
    }
    this.#pending = []
    this.#pendingEvents = 0
  }

  close(): void {
    this.#database.close()
  }
}

/** How far the projection in `file` is, without changing it; null when there is none that can be read. */
export function projectionState(file: string): ProjectionState | null {
  try {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 10_000 })
    try {
      const found = readState(database)
      return found?.version === projectionVersion ? found.state : null
    } finally {
      database.close()
    }
  } catch {
    return null
  }
}

/**
 * Removes a projection. Of one that is in use only the file itself: whoever has it open sees that it is gone, and what
 * belonged to it goes when the next is begun.
 */
export function removeProjection(file: string, is: 'idle' | 'in use' = 'idle'): void {
  for (const name of is === 'idle' ? [file, `${file}-wal`, `${file}-shm`] : [file])
    rmSync(name, { force: true })
}

/** What was thrown, as a problem of the file. */
export function fileProblem(thrown: unknown): FileProblem {
  if (!(thrown instanceof Error)) return { code: 0, message: String(thrown) }
  const { message, errcode = 0 } = thrown as Error & { readonly errcode?: number }
  return { code: errcode & 0xff, message }
}

function inodeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.ino ?? 0
}

interface Found {
  readonly version: number
  readonly state: ProjectionState
}

function begin(database: DatabaseSync): Found {
  database.exec(`BEGIN IMMEDIATE; ${projectionSchema} COMMIT`)
  return { version: projectionVersion, state: { position: null, seq: 0 } }
}

function readState(database: DatabaseSync): Found | null {
  const has = database.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'projected'").get()
  if (has?.['n'] !== 1) return null
  const row = database.prepare('SELECT version, position, seq FROM projected').get()
  if (row === undefined) return null
  const { version, position, seq } = row
  const parsed = typeof position === 'string' ? parseTailPosition(position) : null
  // Without the position nothing says what the rest was made of: such a file is made anew.
  const isWhole = parsed === null ? position === null && seq === 0 : parsed.seq === seq
  return { version: isWhole ? Number(version) : 0, state: { position: parsed, seq: Number(seq) } }
}
