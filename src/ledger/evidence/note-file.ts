/**
 * A file of notes, one JSON string a line, to which one program appends: tree heads as the kernel signed them, or as
 * witnesses cosigned them. It is no cache: what it holds cannot be made again, above all not with the times that
 * witnesses gave. It stays bounded, because older notes are thinned out: each covers all that came before.
 */
import { closeSync, fdatasyncSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { replaceFile } from '../replace-file.ts'

/** How many notes a file holds before it is thinned out, and how many of the newest are all kept then. */
export const noteFileLimits = { notes: 4096, newest: 1024, oneOf: 3 } as const

/** The notes in `file`, oldest first; none where there is no file. A line that is cut off is left out. */
export function readNotes(file: string): readonly string[] {
  const text = readIfThere(file)
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .flatMap((line) => noteIn(line) ?? [])
}

/** The newest note in `file`, or null. */
export function newestNote(file: string): string | null {
  return readNotes(file).at(-1) ?? null
}

/** The one program that appends to a file of notes. */
export class NoteFile {
  readonly #file: string
  #notes: string[]

  /** Opens the file, made where it is missing, and cuts off what a crash left half written. Throws what the disk says. */
  constructor(file: string) {
    this.#file = file
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    closeSync(openSync(file, 'a', 0o600))
    const text = readFileSync(file)
    const whole = text.lastIndexOf(10) + 1
    if (whole < text.length) truncateSync(file, whole)
    this.#notes = [...readNotes(file)]
  }

  /** The newest note, or null. */
  get newest(): string | null {
    return this.#notes.at(-1) ?? null
  }

  /** Adds a note; durable when this returns. Throws what the disk says. */
  append(note: string): void {
    this.#notes.push(note)
    if (this.#notes.length > noteFileLimits.notes) return this.#thinOut()
    appendLine(this.#file, linesOf([note]))
  }

  #thinOut(): void {
    const { newest, oneOf } = noteFileLimits
    const keepFrom = this.#notes.length - newest
    this.#notes = this.#notes.filter((_, index) => index >= keepFrom || index % oneOf === 0)
    replaceFile(this.#file, linesOf(this.#notes))
  }
}

function linesOf(notes: readonly string[]): string {
  return notes.map((note) => `${JSON.stringify(note)}\n`).join('')
}

function appendLine(file: string, line: string): void {
  const descriptor = openSync(file, 'a', 0o600)
  try {
    const bytes = Buffer.from(line)
    for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done)
    fdatasyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}

function noteIn(line: string): string | null {
  try {
    const note: unknown = JSON.parse(line)
    return typeof note === 'string' ? note : null
  } catch {
    return null
  }
}
