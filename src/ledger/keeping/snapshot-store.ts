/**
 * The folder of a domain's snapshots: the newest few, by position. All of them may be deleted at any time. One that
 * is not what it should be is passed over with a word why, and the ledger is folded from further back instead.
 */
import { readFileSync, readdirSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from '../../base/fault.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { stateRoot } from '../../kernel/root.ts'
import { stateBytes, stateBytesVersion, stateOfBytes } from '../../kernel/snapshot/state-bytes.ts'
import type { State } from '../../kernel/state.ts'
import type { CheckpointSigner } from '../checkpoint.ts'
import type { Head } from '../port.ts'
import { readSnapshotFile, snapshotFile } from './snapshot-file.ts'

/** How many are kept. */
export const snapshotsKept = 3
const pattern = /^(\d{16})\.snap$/

/** Whose snapshots are believed. */
export interface SnapshotTrust {
  readonly domain: string
  readonly ledgerKey: string
  /** Names the code whose fold it must be. */
  readonly code: string
}

/** A state that was read, and where it is in the chain. It is the caller's to go on with. */
export interface ReadSnapshot {
  readonly head: Head
  readonly stateRoot: string
  readonly state: State
  /** What the writer kept beside the state. */
  readonly beside: string
}

/** Positions of the snapshots there are, newest first. */
export function snapshotPositions(folder: string): readonly number[] {
  const names = namesIn(folder).map((name) => pattern.exec(name)?.[1])
  return names.flatMap((digits) => (digits === undefined ? [] : [Number(digits)])).sort((a, b) => b - a)
}

/**
 * The newest usable snapshot at or before `atMost`, or null. `ignored` hears of each that was passed over.
 */
export function newestSnapshot(
  folder: string,
  trust: SnapshotTrust,
  { atMost = Infinity, ignored }: { readonly atMost?: number; readonly ignored?: (why: string) => void } = {},
): ReadSnapshot | null {
  for (const seq of snapshotPositions(folder)) {
    if (seq > atMost) continue
    const read = readSnapshot(folder, seq, trust)
    if (read.ok) return read.value
    ignored?.(`snapshot ${seq} is not used: ${read.error}`)
  }
  return null
}

function readSnapshot(folder: string, seq: number, trust: SnapshotTrust): Result<ReadSnapshot, string> {
  try {
    const file = readSnapshotFile(readFileSync(join(folder, snapshotName(seq))), trust.ledgerKey)
    if (!file.ok) return file
    const { domain, hash, code, body } = file.value
    if (domain !== trust.domain || file.value.seq !== seq) return err('it is under the wrong name')
    if (code !== codeOf(trust)) return err('other code wrote it')
    const { beside, state } = readBody(body)
    const isRight = state.seq === seq && stateRoot(state) === file.value.stateRoot
    const head = { seq: state.seq, hash }
    return isRight
      ? ok({ head, stateRoot: file.value.stateRoot, state, beside })
      : err('it holds another state')
  } catch (problem) {
    // It is a cache: whatever is wrong with it, the fold of the ledger takes its place.
    return err(problem instanceof Error ? problem.message : String(problem))
  }
}

/** The bytes of a snapshot's file. `head` is the ledger's at exactly this state. */
export function makeSnapshot(
  state: State,
  head: Head,
  {
    domain,
    code,
    root,
    beside,
  }: Omit<SnapshotTrust, 'ledgerKey'> & { readonly root: string; readonly beside: string },
  signer: Pick<CheckpointSigner, 'sign'>,
): Uint8Array {
  return sealSnapshot(bodyOf(state, beside), head, { domain, code, root }, signer)
}

/** The same in two steps: a body that was taken while the state was that, and its head, known later. */
export function sealSnapshot(
  body: Uint8Array,
  { seq, hash }: Head,
  { domain, code, root }: Omit<SnapshotTrust, 'ledgerKey'> & { readonly root: string },
  signer: Pick<CheckpointSigner, 'sign'>,
): Uint8Array {
  return snapshotFile({ domain, seq, hash, stateRoot: root, code: codeOf({ code }), body }, signer)
}

/** A state's bytes, with what is kept beside it. */
export function bodyOf(state: State, beside: string): Uint8Array {
  const text = Buffer.from(beside)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(text.length)
  return Buffer.concat([length, text, stateBytes(state)])
}

function readBody(body: Uint8Array): { readonly beside: string; readonly state: State } {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length)
  const length = bytes.readUInt32LE(0)
  if (length > bytes.length - 4) throw new Fault('a snapshot is shorter than it says')
  return { beside: bytes.toString('utf8', 4, 4 + length), state: stateOfBytes(bytes.subarray(4 + length)) }
}

/** Makes the file durable, and removes what is older than the newest few and what a crash left behind. */
export async function keepSnapshot(folder: string, seq: number, bytes: Uint8Array): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const draft = join(folder, `${snapshotName(seq)}.tmp`)
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, join(folder, snapshotName(seq)))
  const kept = new Set(snapshotPositions(folder).slice(0, snapshotsKept).map(snapshotName))
  const old = namesIn(folder).filter((name) => !kept.has(name))
  await Promise.all(old.map((name) => rm(join(folder, name), { force: true })))
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function snapshotName(seq: number): string {
  return `${String(seq).padStart(16, '0')}.snap`
}

function codeOf({ code }: { readonly code: string }): string {
  return `${stateBytesVersion} ${code}`
}
