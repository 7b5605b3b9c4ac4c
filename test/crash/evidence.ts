/**
 * Everything a verdict rests on: the ledger as it finally stands, what agents were told, what really
 * happened, and what was published on the way. Plain data, so that a test can doctor it.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256Hex } from '../../src/base/hash.ts'
import { folderBlobs } from '../../src/ledger/blobs.ts'
import type { Checkpoint } from '../../src/ledger/checkpoint.ts'
import { readMasterKeyFile } from '../../src/ledger/master-key-file.ts'
import { readableFolder } from '../../src/ledger/node-disk.ts'
import { openPayload } from '../../src/ledger/payload.ts'
import type { ReadBatch } from '../../src/ledger/reader.ts'
import { LedgerReader } from '../../src/ledger/reader.ts'
import { readSubjectKeys } from '../../src/ledger/privacy/subject-key-folder.ts'
import { openVault } from '../../src/ledger/vault.ts'
import type { Acknowledgement } from './acknowledgement.ts'
import { readCheckpoints } from './published-roots.ts'

/** A call's arguments: the id in them, and the SHA-256 of their bytes. */
export interface Note {
  readonly id: string
  readonly digest: string
}

/** The whole of it. */
export interface Evidence {
  /** The ledger, from its first event to its head. */
  readonly batches: readonly ReadBatch[]
  /** What every admitted call asked for, from its sealed payload; null where that could not be opened. */
  readonly notes: ReadonlyMap<number, Note | null>
  readonly acknowledgements: readonly Acknowledgement[]
  /** What happened, in order. */
  readonly effects: readonly Note[]
  /** Checkpoints seen while the kernel ran, and those that are there now. */
  readonly checkpoints: readonly Checkpoint[]
}

/** Reads the evidence from a home at rest. Throws when the ledger cannot be read. */
export function gatherEvidence(
  home: string,
  effects: readonly Note[],
  acknowledgements: readonly Acknowledgement[],
  seen: readonly Checkpoint[],
): Evidence {
  const ledger = join(home, 'domains', 'main', 'ledger')
  const batches = readBatches(ledger)
  const checkpoints = new Map(seen.map((checkpoint) => [JSON.stringify(checkpoint), checkpoint]))
  for (const checkpoint of readCheckpoints(ledger)) checkpoints.set(JSON.stringify(checkpoint), checkpoint)
  const notes = readNotes(home, batches)
  return { batches, notes, acknowledgements, effects, checkpoints: [...checkpoints.values()] }
}

/** The effects file of the recording server. A last line without an end was never finished. */
export function readEffects(file: string): readonly Note[] {
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
  return lines.map((line) => {
    const [id = '', digest = ''] = line.split(' ')
    return { id, digest }
  })
}

function readBatches(ledger: string): readonly ReadBatch[] {
  const position = new LedgerReader(readableFolder(ledger)).from(1)
  if (!position.ok) throw new Error(position.error.message)
  const batches: ReadBatch[] = []
  for (;;) {
    const batch = position.value.next()
    if (!batch.ok) throw new Error(`${batch.error.file} at ${batch.error.offset}: ${batch.error.message}`)
    if (batch.value === null) return batches
    batches.push(batch.value)
  }
}

function readNotes(home: string, batches: readonly ReadBatch[]): ReadonlyMap<number, Note | null> {
  const key = readMasterKeyFile(join(home, 'keys', 'main.vault'))
  if (!key.ok) throw new Error(key.error.message)
  const subjects = readSubjectKeys(join(home, 'keys', 'main.subjects'))
  const vault = openVault(key.value, { bytes: (length) => new Uint8Array(length) }, subjects)
  const blobs = folderBlobs(join(home, 'domains', 'main', 'blobs'))
  const notes = new Map<number, Note | null>()
  for (const record of batches.flatMap((batch) => batch.records)) {
    if (record.event.kind !== 'call.admitted') continue
    const opened = openPayload(record, vault, blobs)
    notes.set(record.event.body.call, opened.ok ? noteIn(opened.value) : null)
  }
  return notes
}

/** The note that argument bytes ask for. */
export function noteIn(bytes: Uint8Array): Note {
  const { id } = JSON.parse(Buffer.from(bytes).toString()) as { readonly id: string }
  return { id, digest: sha256Hex(bytes) }
}
