/**
 * Changes a client's file so that it leads here, and takes the change back. The original lies beside the file
 * before anything happens to it; the record is durable before the file is replaced, so that a crash leaves
 * nothing that `custos export` could not undo.
 */
import { existsSync, rmSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import { writeNewFile } from '../new-file.ts'
import type { JsonObject } from '../../base/json.ts'
import { sha256Hex } from '../../base/hash.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { usageFailure } from '../exit.ts'
import type { ClientConfig } from './client-config.ts'
import { readConfigText, replaceFile } from './config-file.ts'
import type { FoundServer, ReadFile } from './found-server.ts'
import type { ChangedList, FileChange, ImportRecord } from './import-record.ts'
import { keepRecord } from './import-record.ts'
import { lineDiff } from './line-diff.ts'

/** Our entry as it will stand in a list. */
export type EntryFor = (path: readonly string[]) => JsonObject

/** The text of the file when `moved` are gone and our entry is there, with the lists that changed. */
export function changedText(
  file: ReadFile,
  moved: readonly FoundServer[],
  agent: string,
  entryFor: EntryFor,
): Result<{ readonly text: string; readonly lists: readonly ChangedList[] }, string> {
  const { format } = file.client
  let { text } = file
  const lists: ChangedList[] = []
  for (const list of file.lists) {
    const remove = new Set(moved.filter((server) => server.list === list).map(({ name }) => name))
    if (remove.size === 0) continue
    const before = format.fragment(text, list.path)
    if (!before.ok) return before
    const isFirst =
      lists.length === 0 && !file.lists.some((other) => leadsHere(other.servers, entryFor(other.path)))
    const add = isFirst ? { name: entryName(list.servers, remove, agent), entry: entryFor(list.path) } : null
    const edited = format.edit(text, list.path, { remove, add })
    if (!edited.ok) return edited
    text = edited.value
    const after = format.fragment(text, list.path)
    if (!after.ok) return after
    lists.push({ path: list.path, before: before.value, after: after.value })
  }
  return ok({ text, lists })
}

/** True when the list has our entry already, under whatever name. */
function leadsHere(servers: JsonObject, entry: JsonObject): boolean {
  const text = JSON.stringify(entry)
  return Object.values(servers).some((server) => JSON.stringify(server) === text)
}

function entryName(servers: JsonObject, remove: ReadonlySet<string>, agent: string): string {
  const names = ['custos', `custos-${agent}`]
  const free = names.find((name) => !Object.hasOwn(servers, name) || remove.has(name))
  if (free === undefined) throw usageFailure(`both ${names.join(' and ')} are names of servers there already`)
  return free
}

/** Makes the change: backup, record, file. Returns the record as it was kept. */
export function applyChange(
  home: string,
  record: ImportRecord,
  file: ReadFile,
  changed: { readonly text: string; readonly lists: readonly ChangedList[] },
): ImportRecord {
  const { path } = file.file
  if (readConfigText(path) !== file.text)
    throw usageFailure(`${path} was changed meanwhile`, 'nothing was changed: run the command again')
  const backup = freeBackup(path)
  writeNewFile(backup, file.text)
  const change: FileChange = {
    backup,
    before: sha256Hex(file.text),
    after: sha256Hex(changed.text),
    lists: changed.lists,
  }
  const kept = { ...record, change }
  keepRecord(home, kept)
  replaceFile(path, changed.text)
  return kept
}

function freeBackup(path: string): string {
  for (let number = 1; ; number += 1) {
    const backup = `${path}.custos-backup${number === 1 ? '' : `-${number}`}`
    if (!existsSync(backup)) return backup
  }
}

/** How a change was taken back. */
export type TakenBack =
  /** The file is byte for byte what it was before the import. */
  | 'restored'
  /** The servers are as they were; what else was changed since is kept. */
  | 'merged'

/** Takes a change back and forgets it. The error is a list of lines for a person: what differs. */
export function takeBack(
  home: string,
  record: ImportRecord,
  client: ClientConfig,
  options: { readonly force: boolean; readonly dryRun: boolean },
): Result<TakenBack, readonly string[]> {
  const { change, file } = record
  if (change === null) return ok('restored')
  const now = readConfigText(file)
  const text = textBefore(now, change, client, options.force)
  if (!text.ok) return text
  const how = sha256Hex(text.value) === change.before ? 'restored' : 'merged'
  if (options.dryRun) return ok(how)
  if (text.value !== now) replaceFile(file, text.value)
  keepRecord(home, { ...record, change: null })
  if (how === 'restored') rmSync(change.backup, { force: true })
  return ok(how)
}

function textBefore(
  now: string,
  change: FileChange,
  client: ClientConfig,
  force: boolean,
): Result<string, readonly string[]> {
  const digest = sha256Hex(now)
  if (digest === change.before) return ok(now)
  if (digest === change.after && existsSync(change.backup)) {
    const original = readConfigText(change.backup)
    if (sha256Hex(original) === change.before) return ok(original)
  }
  let text = now
  for (const { path, before, after } of change.lists) {
    const fragment = client.format.fragment(text, path)
    if (!fragment.ok) return err([fragment.error])
    const difference = force ? [] : editedSince(client, after, fragment.value)
    if (difference.length > 0) return err([`${path.join('.')} was edited since:`, ...difference])
    const replaced = client.format.replaceFragment(text, path, before)
    if (!replaced.ok) return err([replaced.error])
    text = replaced.value
  }
  const read = client.format.read(text)
  return read.ok ? ok(text) : err(['the file would not be readable any more'])
}

/** How the list differs from what was left there. Layout does not count: clients write their files anew. */
function editedSince({ format }: ClientConfig, after: string, now: string): readonly string[] {
  const [left, found] = [format.fragmentValue(after), format.fragmentValue(now)]
  if (isDeepStrictEqual(left, found)) return []
  return lineDiff(JSON.stringify(left, null, 2), JSON.stringify(found, null, 2))
}
