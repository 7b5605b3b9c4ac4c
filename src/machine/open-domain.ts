/**
 * Opens a domain's folder: takes the writer's lock, makes or reads its keys, refolds its ledger and holds the
 * fold against the newest checkpoint. What it returns is ready to decide; what it refuses says why.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Clock, Entropy } from '../base/ports.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { PrivateKey } from '../base/signature.ts'
import { publicKeyOf, sign } from '../base/signature.ts'
import type { State } from '../kernel/state.ts'
import type { BlobStore } from '../ledger/blobs.ts'
import { checkpointsFile } from '../ledger/format.ts'
import { createMasterKeyFile, readMasterKeyFile } from '../ledger/master-key-file.ts'
import { ArchiveAway } from '../ledger/keeping/keeping-problem.ts'
import { ledgerDisk } from '../ledger/keeping/ledger-disk.ts'
import { whyRestored } from '../ledger/keeping/restored-mark.ts'
import { openPayload } from '../ledger/payload.ts'
import type { DiskFailure, Vault } from '../ledger/port.ts'
import { LedgerReader } from '../ledger/reader.ts'
import type { SegmentLog } from '../ledger/segment-log.ts'
import { acquireWriterLock } from '../ledger/writer-lock.ts'
import { ownCode } from '../seal/own-code.ts'
import { foldLedger } from './fold-ledger.ts'
import type { Outcome } from './safe-opening.ts'
import { prepareOpening } from './safe-opening.ts'
import { openSubjectVault } from './subject-vault.ts'
import { SnapshotKeeper } from './snapshot-keeper.ts'

/** A domain that is open for writing. */
export interface OpenedDomain {
  readonly state: State
  readonly ledger: SegmentLog
  readonly vault: Vault
  readonly ledgerKey: string
  /** Signs with the ledger's key, as checkpoints are signed. */
  sign(bytes: Uint8Array): string
  /** What to tell the operator about the opening: set-aside bytes, a cleared checkpoint. */
  readonly remarks: readonly string[]
  /** What is to be recorded of the opening. */
  readonly outcome: Outcome
  payloadAt(seq: number): Uint8Array | null
  /** Destroys all that opens a subject's payloads, here and on the disk, or says why that failed. */
  destroySubject(subject: number): string | null
  readonly snapshots: SnapshotKeeper
  /** The snapshot that the fold went on from, or 0 where all of the ledger was folded. */
  readonly foldedFrom: number
  /** Gives the writer's lock back, once the ledger is closed; the end of the process does too. */
  release(): void
}

/** Ports that opening needs. */
export interface OpeningPorts {
  readonly clock: Clock
  readonly entropy: Entropy
  /** Length of new segments, where it is not the ledger's own choice. */
  readonly segmentBytes?: number
  /** The mirror failed, and it was chosen to go on without it. */
  readonly mirrorLost?: (failure: DiskFailure) => void
}

/** Opens domain `name` under `home`, or says in one sentence why that is not possible. */
export async function openDomain(
  home: string,
  name: string,
  ports: OpeningPorts,
): Promise<Result<OpenedDomain, string>> {
  const folder = join(home, 'domains', name)
  const restored = whyRestored(folder)
  if (restored !== null) return err(restored)
  for (const path of [join(folder, 'ledger'), join(folder, 'blobs'), join(home, 'keys')])
    mkdirSync(path, { recursive: true, mode: 0o700 })
  const lock = acquireWriterLock(join(folder, 'ledger.lock'))
  if (!lock.ok) return err(lock.error.message)
  const opened = await openLocked(home, name, ports)
  if (opened.ok) return ok({ ...opened.value, release: () => lock.value.release() })
  lock.value.release()
  return opened
}

async function openLocked(
  home: string,
  name: string,
  { entropy, segmentBytes, mirrorLost = () => undefined }: OpeningPorts,
): Promise<Result<Omit<OpenedDomain, 'release'>, string>> {
  const folder = join(home, 'domains', name)
  const ledgerFolder = join(folder, 'ledger')
  const vaultKey = keyFile(join(home, 'keys', `${name}.vault`), entropy, ledgerFolder)
  const ledgerKey = keyFile(join(home, 'keys', `${name}.ledger`), entropy, ledgerFolder)
  if (!vaultKey.ok) return vaultKey
  if (!ledgerKey.ok) return ledgerKey
  const subjects = openSubjectVault(home, name, vaultKey.value, entropy)
  const { vault } = subjects
  const signer = {
    publicKey: publicKeyOf(ledgerKey.value),
    sign: (bytes: Uint8Array) => sign(ledgerKey.value, bytes),
  }
  const size = segmentBytes === undefined ? {} : { segmentBytes }
  const safe = await prepareOpening(folder, signer.publicKey, { mirrorLost })
  if (!safe.ok) return safe
  const { blobs, headDisk } = safe.value
  const options = { domain: name, signer, vault, blobs, entropy, headDisk, safe: safe.value, ...size }
  const folded = await foldLedger(ledgerFolder, options)
  if (!folded.ok) return folded
  const { state, canons, opened, from } = folded.value
  subjects.serve(state)
  const canon = canons.check(home, state)
  if (!canon.ok) return canon
  const { ledger } = opened
  const outcome = safe.value.outcome(opened)
  const keeper = new SnapshotKeeper(
    {
      folder: join(folder, 'snapshots'),
      state,
      signer,
      code: ownCode,
      head: () => ledger.head,
      tell: (problem) => process.stderr.write(`kernel ${name}: ${problem}\n`),
    },
    from,
    canons.steps,
  )
  const remarks = [...folded.value.remarks, ...outcome.remarks, ...canon.value]
  const payloadAt = (seq: number) => readPayload(ledgerFolder, seq, vault, blobs)
  const key = { ledgerKey: signer.publicKey, sign: signer.sign }
  return ok({
    state,
    ledger,
    vault,
    ...key,
    remarks,
    outcome,
    payloadAt,
    destroySubject: (subject) => subjects.destroy(subject),
    snapshots: keeper,
    foldedFrom: from,
  })
}

/** A key that is missing is made only where no ledger was begun with another one. */
function keyFile(path: string, entropy: Entropy, ledgerFolder: string): Result<PrivateKey, string> {
  if (!existsSync(path) && existsSync(join(ledgerFolder, checkpointsFile))) {
    return err(
      `the key ${path} is missing, and the ledger was begun with it: restore it from where you keep keys`,
    )
  }
  const key = existsSync(path) ? readMasterKeyFile(path) : createMasterKeyFile(path, entropy)
  return key.ok ? ok(key.value) : err(key.error.message)
}

function readPayload(ledgerFolder: string, seq: number, vault: Vault, blobs: BlobStore): Uint8Array | null {
  try {
    const record = new LedgerReader(ledgerDisk(dirname(ledgerFolder))).at(seq)
    if (!record.ok || record.value === null) return null
    const opened = openPayload(record.value, vault, blobs)
    return opened.ok ? opened.value : null
  } catch (problem) {
    if (problem instanceof ArchiveAway) return null
    throw problem
  }
}
