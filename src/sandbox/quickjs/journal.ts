/**
 * Writing a run down: the program once for all its runs, and the journal line by line, each before the script
 * can know of it, so that nothing reaches a script that is not recorded. Only the end is made durable with
 * force: what a lost machine takes along, the ledger still has.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import type { Hash } from 'node:crypto'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { sha256Hex } from '../../base/hash.ts'
import type { JournalLine } from './journal-line.ts'
import { writeLine } from './journal-line.ts'

/** Where a program is kept, by its digest. */
export function programFile(home: string, digest: string): string {
  return join(home, 'programs', `${digest}.js`)
}

/** Where the journal of a run is, in the folder of the run. */
export function journalFile(folder: string): string {
  return join(folder, 'quickjs.jsonl')
}

/** Keeps a program; one that is there already stays. Throws what the file system throws. */
export function keepProgram(home: string, source: Uint8Array): void {
  const file = programFile(home, sha256Hex(source))
  if (existsSync(file) && sha256Hex(readFileSync(file)) === sha256Hex(source)) return
  mkdirSync(join(home, 'programs'), { recursive: true, mode: 0o700 })
  const fresh = `${file}.${process.pid}.new`
  writeFileSync(fresh, source, { mode: 0o600 })
  renameSync(fresh, file)
}

/** The journal of one run, being written. */
export interface Journal {
  write(line: JournalLine): void
  /** Makes it durable and returns the digest of all of it. Nothing is written afterwards. */
  close(): string
}

/** Begins the journal in `folder`, which is made when it is missing. Throws when there is one already. */
export function beginJournal(folder: string): Journal {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const file = openSync(journalFile(folder), 'wx', 0o600)
  const digest: Hash = createHash('sha256')
  return {
    write(line) {
      const text = writeLine(line)
      digest.update(text)
      writeSync(file, text)
    },
    close() {
      fsyncSync(file)
      closeSync(file)
      return digest.digest('hex')
    },
  }
}
