/**
 * The journal of a commit: what is under way, written before it begins and taken away when it is over. It lies
 * with the run and not with the folder, where the program could have written one of its own. A crash leaves it
 * behind, and whoever finds it knows what to take back, or that only tidying up was left.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Result } from '../../../base/result.ts'
import { err, ok } from '../../../base/result.ts'
import { systemReason } from '../held-folder.ts'
import type { Step } from './commit-plan.ts'

/**
 * How far it is: `staging`, nothing in the folder was touched; `applying`, it is taken back; `applied`, it
 * stands.
 */
export type Progress = 'staging' | 'applying' | 'applied'

/** A commit under way. */
export interface Journal {
  readonly version: 1
  readonly progress: Progress
  readonly folder: string
  /** Name of the staging folder in it. */
  readonly stage: string
  /** Empty while staging. */
  readonly steps: readonly Step[]
}

const stageName = /^\.custos-commit-[0-9a-f]{16}$/

/** Replaces the journal at `path`; on disk when it returns. Throws what the system says. */
export function writeJournal(path: string, journal: Journal): void {
  const made = `${path}.new`
  const file = openSync(made, 'w', 0o600)
  try {
    const bytes = Buffer.from(JSON.stringify(journal))
    for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(made, path)
  syncFolder(dirname(path))
}

/** Takes the journal away; on disk when it returns. */
export function removeJournal(path: string): void {
  rmSync(path, { force: true })
  rmSync(`${path}.new`, { force: true })
  syncFolder(dirname(path))
}

function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** The journal at `path`, null when there is none, or a sentence when it cannot be understood. */
export function readJournal(path: string): Result<Journal | null, string> {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (problem) {
    const reason = systemReason(problem)
    return reason === 'ENOENT' ? ok(null) : err(`${path} cannot be read: ${reason}`)
  }
  const damaged = err(`${path} is damaged: the commit it tells of must be looked at by hand`)
  try {
    const journal = JSON.parse(text) as Journal
    const isWhole = journal.version === 1 && stageName.test(journal.stage) && Array.isArray(journal.steps)
    return isWhole && ['staging', 'applying', 'applied'].includes(journal.progress) ? ok(journal) : damaged
  } catch {
    return damaged
  }
}
