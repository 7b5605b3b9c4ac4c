/**
 * What an import did, kept in `imports/` of the home folder: which server became which driver, and how the
 * client's file was changed, so that `custos export` takes back exactly that. A record holds pieces of the
 * client's file, which may hold secrets: it is private like everything in the home.
 */
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { writeNewFile } from '../new-file.ts'
import { parseForeignJson } from '../../base/foreign-json.ts'
import type { Json, JsonObject } from '../../base/json.ts'
import { isJsonObject } from '../../base/json.ts'
import { damagedFailure } from '../exit.ts'

/** A server that became a driver, or was found to be one. */
export interface ImportedDriver {
  readonly server: string
  readonly driver: string
  /** Of what the server was; equal servers have equal digests. */
  readonly digest: string
}

/** A list of servers as it was and as the import left it, as text. */
export interface ChangedList {
  readonly path: readonly string[]
  readonly before: string
  readonly after: string
}

/** A change to a client's file. */
export interface FileChange {
  /** The untouched original. */
  readonly backup: string
  /** SHA-256 of the whole file, before and after. */
  readonly before: string
  readonly after: string
  readonly lists: readonly ChangedList[]
}

/** One import of one file. */
export interface ImportRecord {
  readonly version: 1
  /** Sorts by time. */
  readonly id: string
  readonly client: string
  /** Absolute. */
  readonly file: string
  readonly drivers: readonly ImportedDriver[]
  /** Null when the file was not changed, or no longer is. */
  readonly change: FileChange | null
}

/** A record to be filled. `nowMs` is milliseconds since 1970. */
export function newRecord(client: string, file: string, nowMs: number): ImportRecord {
  const id = `${String(nowMs).padStart(15, '0')}-${randomBytes(4).toString('hex')}`
  return { version: 1, id, client, file, drivers: [], change: null }
}

/** Keeps a record, in the place of its earlier version. Durable on return. */
export function keepRecord(home: string, record: ImportRecord): void {
  const folder = join(home, 'imports')
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const beside = join(folder, `.${record.id}-${randomBytes(4).toString('hex')}`)
  writeNewFile(beside, `${JSON.stringify(record)}\n`)
  renameSync(beside, join(folder, `${record.id}.json`))
}

/** All records, oldest first. A damaged one is a CommandFailure that names it. */
export function readRecords(home: string): readonly ImportRecord[] {
  const folder = join(home, 'imports')
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .filter((name) => /^\d{15}-[0-9a-f]{8}\.json$/.test(name))
    .sort()
    .map((name) => readRecord(join(folder, name)))
}

function readRecord(path: string): ImportRecord {
  const record = parsed(readFileSync(path, 'utf8'))
  if (record === null)
    throw damagedFailure(`the import record ${path} is damaged`, 'move it away to go on without it')
  return record
}

function parsed(text: string): ImportRecord | null {
  let value: Json
  try {
    value = parseForeignJson(text)
  } catch {
    return null
  }
  if (!isJsonObject(value) || value['version'] !== 1) return null
  const { drivers, change } = value
  const sound =
    hasTexts(value, ['id', 'client', 'file']) &&
    Array.isArray(drivers) &&
    drivers.every((item: Json) => isJsonObject(item) && hasTexts(item, ['server', 'driver', 'digest'])) &&
    (change === null || (isJsonObject(change) && isChange(change)))
  return sound ? (value as unknown as ImportRecord) : null
}

function isChange(change: JsonObject): boolean {
  const { lists } = change
  return (
    hasTexts(change, ['backup', 'before', 'after']) &&
    Array.isArray(lists) &&
    lists.every(
      (item: Json) =>
        isJsonObject(item) &&
        hasTexts(item, ['before', 'after']) &&
        Array.isArray(item['path']) &&
        item['path'].every((name: Json) => typeof name === 'string'),
    )
  )
}

function hasTexts(value: JsonObject, names: readonly string[]): boolean {
  return names.every((name) => typeof value[name] === 'string')
}
