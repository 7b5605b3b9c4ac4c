/**
 * What a ledger knows of copies of keys: which escrows were made of it, and whom it erased. Whoever erases somebody is
 * told of the escrows that still have their key, and whoever opens one is given nobody's key who was erased.
 */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseStrictJson } from '../../base/strict-json.ts'
import { isJsonObject } from '../../base/json.ts'
import type { Json } from '../../base/json.ts'
import type { EventKind, EventOf } from '../../kernel/event.ts'
import { restoredMark } from '../../ledger/keeping/restored-mark.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import type { HomePaths } from '../home.ts'
import type { LedgerFolder } from '../ledger-folder.ts'
import { openLedgerFolder, orDamaged } from '../ledger-folder.ts'
import { showOperator } from '../names.ts'
import { namesUpTo } from '../names-of.ts'

/** An escrow as the ledger has it. That the file still exists, no ledger can know. */
export interface RecordedEscrow {
  readonly seq: number
  readonly at: number
  /** Who ordered it, safe to print. */
  readonly by: string
  readonly digest: string
  readonly subjects: readonly number[]
}

/** The escrows that the ledger of a home records, newest first. */
export function recordedEscrows(paths: HomePaths): readonly RecordedEscrow[] {
  const folder = openLedgerFolder(paths)
  return eventsOf(folder, 'escrow.created').map(({ seq, at, actor, body: { digest, subjects } }) => {
    const by = showOperator(namesUpTo(folder, seq), actor.id)
    return { seq, at, by, digest, subjects }
  })
}

/** An escrow in words. */
export function showEscrow({ seq, at, by, digest }: RecordedEscrow): string {
  return `the escrow of ${showInstant(at)} by ${by} (#${seq}, sha256 ${visible(digest)})`
}

/** Everybody whom the ledger of a home erased; where that was cut, whom the backup erased that it is from. */
export function erasedSubjects(paths: HomePaths): ReadonlySet<number> {
  const erased = eventsOf(openLedgerFolder(paths), 'subject.erased').map(({ body }) => body.subject)
  return new Set([...erased, ...erasedLater(paths)])
}

function erasedLater({ domain }: HomePaths): readonly number[] {
  const path = join(domain, restoredMark)
  if (!existsSync(path)) return []
  const mark = parseStrictJson(readFileSync(path))
  const erased = mark.ok && isJsonObject(mark.value) ? mark.value['erased'] : undefined
  return Array.isArray(erased) ? erased.filter((item: Json) => typeof item === 'number') : []
}

function eventsOf<K extends EventKind>(folder: LedgerFolder, kind: K): readonly EventOf<K>[] {
  const found = orDamaged(folder.index.newest({ kind }, Number.MAX_SAFE_INTEGER))
  return found.flatMap((seq) => {
    const event = folder.event(seq)
    return event?.kind === kind ? [event as EventOf<K>] : []
  })
}
