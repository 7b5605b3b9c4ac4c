/**
 * What is known of one run, in `HOME/runs/ID/`, private: the record, the run's token and the store that keeps its
 * changes until somebody commits or drops them. The record is for people and for other commands; nothing in it is
 * authority, and what it says is asked of the kernel again wherever it matters.
 */
import { randomBytes } from 'node:crypto'
import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, readdirSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { isJsonObject } from '../../base/json.ts'
import { parseStrictJson } from '../../base/strict-json.ts'
import { replaceFile } from '../../driver/vault/replace-file.ts'

/** What `record.json` holds. Times are milliseconds since the epoch. */
export interface RunRecord {
  readonly run: string
  /** The folder whose changes are kept apart, or empty when there is no view. */
  readonly folder: string
  /** Where they are kept. */
  readonly store: string
  /** Name of the agent that the run belongs to. */
  readonly agent: string
  /** The run's own process, a child of the agent's. */
  readonly process: number
  /** The command and its arguments. */
  readonly command: readonly string[]
  readonly startedAt: number
  /** Null while it runs, or when whoever ran it died before it could say. */
  readonly endedAt: number | null
  /** Exit status as a shell tells it, or null. */
  readonly status: number | null
  readonly rung: string
  /** Process id of the `custos run` that holds it; with `endedAt` null and nobody there, it is over. */
  readonly holder: number
}

/** Paths of one run. */
export interface RunFolder {
  readonly run: string
  readonly folder: string
  readonly record: string
  readonly store: string
  /** The run's token, 0600. */
  readonly token: string
  /** The socket to the network, in a folder of its own. */
  readonly egress: string
  /** Private views that are thrown away when it ends. */
  readonly caches: string
}

/** Letters and digits that are not mistaken for each other. */
const alphabet = 'bcdfghjkmnpqrstvwxz2456789'
const idLength = 6
const recordLimits = { maxBytes: 4_194_304, maxDepth: 4, maxValues: 65_536 }

/** True for what can be the id of a run. */
export function isRunId(word: string): boolean {
  return /^[a-z0-9]{1,32}$/u.test(word)
}

/** The paths of the run called `run`. */
export function runFolder(home: string, run: string): RunFolder {
  const folder = join(home, 'runs', run)
  return {
    run,
    folder,
    record: join(folder, 'record.json'),
    store: join(folder, 'store'),
    token: join(folder, 'token'),
    egress: join(folder, 'net', 's'),
    caches: join(folder, 'caches'),
  }
}

/** Makes a folder for a new run, closed to others, with an id of its own. */
export function makeRunFolder(home: string): RunFolder {
  mkdirSync(join(home, 'runs'), { recursive: true, mode: 0o700 })
  for (;;) {
    const paths = runFolder(home, newRunId())
    try {
      mkdirSync(paths.folder, { mode: 0o700 })
      return paths
    } catch (problem) {
      if (!(problem instanceof Error && 'code' in problem && problem.code === 'EEXIST')) throw problem
    }
  }
}

function newRunId(): string {
  const drawn = [...randomBytes(idLength)].map((byte) => alphabet[byte % alphabet.length] ?? 'b')
  return drawn.join('')
}

/** Writes the record, atomically and durably. */
export function writeRunRecord(paths: RunFolder, record: RunRecord): void {
  replaceFile(paths.record, JSON.stringify(record))
}

/** Writes a file of mode 0600. */
export function writePrivate(path: string, text: string): void {
  const descriptor = openSync(path, 'w', 0o600)
  try {
    writeSync(descriptor, text)
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** The record of one run, or null when there is none that can be read. */
export function readRunRecord(home: string, run: string): RunRecord | null {
  if (!isRunId(run)) return null
  try {
    const parsed = parseStrictJson(readFileSync(runFolder(home, run).record), recordLimits)
    return parsed.ok && isJsonObject(parsed.value) && parsed.value['run'] === run
      ? recordOf(parsed.value)
      : null
  } catch {
    return null
  }
}

/** All runs of a home that have a record, oldest first. */
export function listRunRecords(home: string): readonly RunRecord[] {
  let names: readonly string[] = []
  try {
    names = readdirSync(join(home, 'runs'))
  } catch {
    return []
  }
  return names
    .flatMap((name) => readRunRecord(home, name) ?? [])
    .sort((one, other) => one.startedAt - other.startedAt)
}

/** The record with every member checked, or null. */
function recordOf(found: Partial<RunRecord>): RunRecord | null {
  const { run, folder, store, agent, process, command, startedAt, endedAt, status, rung, holder } = found
  const areTexts = [run, folder, store, agent, rung].every((value) => typeof value === 'string')
  const areNumbers = [process, startedAt, holder].every((value) => Number.isSafeInteger(value))
  const areOpen = [endedAt, status].every((value) => value === null || Number.isSafeInteger(value))
  if (!areTexts || !areNumbers || !areOpen) return null
  if (!Array.isArray(command) || !command.every((word) => typeof word === 'string')) return null
  return { ...(found as RunRecord) }
}

/** True while the `custos run` that holds this run lives. */
export function isHeld({ endedAt, holder }: RunRecord): boolean {
  if (endedAt !== null) return false
  try {
    process.kill(holder, 0)
    return true
  } catch (problem) {
    return problem instanceof Error && 'code' in problem && problem.code === 'EPERM'
  }
}
