/**
 * What a witness remembers: of each log the newest note that it cosigned, in a file of its own that is durable before
 * the cosignature leaves. This memory is all that a witness is: with an older one it would cosign a second history, so
 * it is made once, with the key, and a witness without it does not serve.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256Hex } from '../base/hash.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { NoteFile } from '../ledger/evidence/note-file.ts'
import { parseNote } from '../ledger/evidence/note.ts'
import type { TreeHead } from '../ledger/evidence/tree-head.ts'
import { parseTreeHead } from '../ledger/evidence/tree-head.ts'
import { replaceFile } from '../ledger/replace-file.ts'
import type { WriterLock } from '../ledger/writer-lock.ts'
import { acquireWriterLock } from '../ledger/writer-lock.ts'

/** What is remembered of one log. */
export interface Remembered {
  readonly note: string
  readonly head: TreeHead
}

/** Makes the folder of a new witness. Fails where there is one. */
export function createMemory(folder: string): void {
  mkdirSync(folder, { mode: 0o700 })
}

/** The memory of one witness. One process has it at a time. */
export class WitnessMemory {
  readonly #folder: string
  readonly #lock: WriterLock
  readonly #contradictions: NoteFile

  private constructor(folder: string, lock: WriterLock) {
    this.#folder = folder
    this.#lock = lock
    this.#contradictions = new NoteFile(join(folder, 'contradictions'))
  }

  /** Opens the memory of a witness. The error says what to do. */
  static open(folder: string): Result<WitnessMemory, string> {
    if (!existsSync(folder))
      return err(
        `the memory of this witness, ${folder}, is gone: it must not go on; make another key and tell its logs`,
      )
    const lock = acquireWriterLock(join(folder, 'lock'))
    if (!lock.ok)
      return err(lock.error.code === 'held' ? `another witness uses ${folder}` : lock.error.message)
    return ok(new WitnessMemory(folder, lock.value))
  }

  /** The newest note of that log, or null before the first. The error: it is there and cannot be read. */
  newest(origin: string): Result<Remembered | null, string> {
    const file = this.#fileOf(origin)
    if (!existsSync(file)) return ok(null)
    const note = readFileSync(file, 'utf8')
    const parsed = parseNote(note)
    const head = parsed.ok ? parseTreeHead(parsed.value.text) : parsed
    return head.ok && head.value.origin === origin
      ? ok({ note, head: head.value })
      : err(`${file} is damaged`)
  }

  /** Remembers a cosigned note of that log in place of the one before; durable when this returns. */
  remember(origin: string, note: string): void {
    replaceFile(this.#fileOf(origin), note)
  }

  /** Keeps a note that a log signed although it contradicts what it signed before: the proof of it. */
  keepContradiction(note: string): void {
    this.#contradictions.append(note)
  }

  /** Lets another process have it. */
  close(): void {
    this.#lock.release()
  }

  #fileOf(origin: string): string {
    return join(this.#folder, `log-${sha256Hex(origin).slice(0, 32)}`)
  }
}
