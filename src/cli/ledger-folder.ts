/**
 * The ledger of a home, read from its folder alone: no kernel, no lock, nothing written. Payloads are opened
 * only when this machine holds the domain's key.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { randomBytes } from 'node:crypto'
import type { Result } from '../base/result.ts'
import type { Event } from '../kernel/event.ts'
import type { BlobStore } from '../ledger/blobs.ts'
import { folderBlobs } from '../ledger/blobs.ts'
import type { PayloadSource } from '../ledger/export.ts'
import { ledgerDisk } from '../ledger/keeping/ledger-disk.ts'
import { readMasterKeyFile } from '../ledger/master-key-file.ts'
import { readSubjectKeys } from '../ledger/privacy/subject-key-folder.ts'
import { openPayload } from '../ledger/payload.ts'
import type { LedgerProblem } from '../ledger/problem.ts'
import type { ReadableDisk } from '../ledger/readable-disk.ts'
import { LedgerReader } from '../ledger/reader.ts'
import { folderIndexes } from '../ledger/reading/index-store.ts'
import type { EventQuery } from '../ledger/reading/ledger-index.ts'
import { LedgerIndex } from '../ledger/reading/ledger-index.ts'
import type { LedgerRecord } from '../ledger/record.ts'
import { openVault } from '../ledger/vault.ts'
import { visible } from './escape.ts'
import type { CommandFailure } from './exit.ts'
import { damagedFailure, usageFailure } from './exit.ts'
import type { HomePaths } from './home.ts'
import type { LedgerView } from './ledger-view.ts'
import { stateAfter } from './past/state-then.ts'

/** An opened ledger folder. */
export interface LedgerFolder extends LedgerView {
  readonly disk: ReadableDisk
  readonly reader: LedgerReader
  readonly blobs: BlobStore
  /** What opens payloads, or null when they stay sealed or the key is not here. */
  readonly payloads: PayloadSource | null
  /** Records in order from seq `from`; throws a CommandFailure at damage. */
  records(from?: number): Iterable<LedgerRecord>
  /** Looks events up, as of the first time that this is used; index files are made beside the ledger. */
  readonly index: LedgerIndex
  /** The event at `seq`, or null when there is none; throws a CommandFailure at damage. */
  event(seq: number): Event | null
}

/**
 * Opens the ledger folder of a home, or fails with what to do. Payloads stay sealed unless their reading was recorded
 * before: see recorded-reading.ts.
 */
export function openLedgerFolder(paths: HomePaths, are: 'sealed' | 'opened' = 'sealed'): LedgerFolder {
  if (!existsSync(paths.ledger)) {
    throw usageFailure(`there is no ledger in ${paths.home}`, 'start Custos once with: custos up')
  }
  const disk = ledgerDisk(paths.domain, paths.ledger)
  const reader = new LedgerReader(disk)
  const blobs = folderBlobs(join(paths.domain, 'blobs'))
  const payloads = are === 'opened' ? payloadSource(paths, blobs) : null
  const opened = new WeakMap<Event, LedgerRecord>()

  function* records(from = 1): Generator<LedgerRecord> {
    const position = reader.from(from)
    if (!position.ok) throw damaged(position.error)
    for (;;) {
      const batch = position.value.next()
      if (!batch.ok) throw damaged(batch.error)
      if (batch.value === null) return
      for (const record of batch.value.records) if (record.event.seq >= from) yield record
    }
  }

  let index: LedgerIndex | null = null
  const refreshed = (): LedgerIndex => {
    if (index !== null) return index
    index = new LedgerIndex(disk, folderIndexes(join(paths.domain, 'indexes')))
    orDamaged(index.refresh())
    return index
  }

  const eventAt = (seq: number): Event | null => {
    const record = orDamaged(refreshed().at(seq))
    if (record === null) return null
    opened.set(record.event, record)
    return record.event
  }

  return {
    disk,
    reader,
    blobs,
    payloads,
    records,
    get index() {
      return refreshed()
    },
    get lookup() {
      const found = refreshed()
      return {
        end: found.end,
        at: eventAt,
        newest: (query: EventQuery, limit = Infinity) => orDamaged(found.newest(query, limit)),
        stateAfter: (seq: number) => orDamaged(stateAfter(paths.domain, disk, seq)),
      }
    },
    event: eventAt,
    *events(from) {
      for (const record of records(from)) {
        opened.set(record.event, record)
        yield record.event
      }
    },
    payload(event) {
      const record = opened.get(event)
      if (record === undefined || payloads === null) return null
      const bytes = openPayload(record, payloads.vault, payloads.blobs)
      return bytes.ok ? bytes.value : null
    },
  }
}

function payloadSource(paths: HomePaths, blobs: BlobStore): PayloadSource | null {
  const key = readMasterKeyFile(paths.vaultKey)
  const subjects = readSubjectKeys(join(paths.keys, `${paths.domainName}.subjects`))
  return key.ok ? { vault: openVault(key.value, { bytes: randomBytes }, subjects), blobs } : null
}

/** What was found, or the failure of the command that a problem is. */
export function orDamaged<T>(result: Result<T, LedgerProblem>): T {
  if (!result.ok) throw damaged(result.error)
  return result.value
}

/** A problem of the ledger as a failure of the command. */
export function damaged(problem: LedgerProblem): CommandFailure {
  return damagedFailure(
    `the ledger does not verify: ${showProblem(problem)}`,
    'run: custos ledger verify; nothing was changed',
  )
}

/** A problem in words, safe to print. */
export function showProblem({ code, file, offset, message }: LedgerProblem): string {
  return `${code}: ${visible(message)}${file === '' ? '' : ` (${visible(file)} at byte ${offset})`}`
}
