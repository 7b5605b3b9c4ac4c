/**
 * Opens a domain's folder: takes the writer's lock, makes or reads its keys, refolds its ledger and holds the
 * fold against the newest checkpoint. What it returns is ready to decide; what it refuses says why.
 */
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock, Entropy } from '../base/ports.ts'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { PrivateKey } from '../base/signature.ts'
import { publicKeyOf, sign } from '../base/signature.ts'
import { evolve } from '../kernel/evolve.ts'
import { stateRoot } from '../kernel/root.ts'
import type { State } from '../kernel/state.ts'
import { initialState } from '../kernel/state.ts'
import type { BlobStore } from '../ledger/blobs.ts'
import { folderBlobs } from '../ledger/blobs.ts'
import type { Checkpoint } from '../ledger/checkpoint.ts'
import { readCheckpointRing } from '../ledger/checkpoint-slots.ts'
import { checkpointsFile } from '../ledger/format.ts'
import { createMasterKeyFile, readMasterKeyFile } from '../ledger/master-key-file.ts'
import { nodeDisk, readableFolder } from '../ledger/node-disk.ts'
import { openSegmentLog } from '../ledger/open.ts'
import { openPayload } from '../ledger/payload.ts'
import type { Ledger, Vault } from '../ledger/port.ts'
import { readWhole } from '../ledger/readable-disk.ts'
import { LedgerReader } from '../ledger/reader.ts'
import { openVault } from '../ledger/vault.ts'
import { acquireWriterLock } from '../ledger/writer-lock.ts'
import { CanonCheck } from './canon-check.ts'

/** A domain that is open for writing. */
export interface OpenedDomain {
  readonly state: State
  readonly ledger: Ledger
  readonly vault: Vault
  readonly ledgerKey: string
  /** Signs with the ledger's key, as checkpoints are signed. */
  sign(bytes: Uint8Array): string
  /** What to tell the operator about the opening: set-aside bytes, a cleared checkpoint. */
  readonly remarks: readonly string[]
  payloadAt(seq: number): Uint8Array | null
}

/** Ports that opening needs. */
export interface OpeningPorts {
  readonly clock: Clock
  readonly entropy: Entropy
}

/** Opens domain `name` under `home`, or says in one sentence why that is not possible. */
export async function openDomain(
  home: string,
  name: string,
  { entropy }: OpeningPorts,
): Promise<Result<OpenedDomain, string>> {
  const folder = join(home, 'domains', name)
  const ledgerFolder = join(folder, 'ledger')
  for (const path of [ledgerFolder, join(folder, 'blobs'), join(home, 'keys')])
    mkdirSync(path, { recursive: true, mode: 0o700 })
  const lock = acquireWriterLock(join(folder, 'ledger.lock'))
  if (!lock.ok) return err(lock.error.message)
  const vaultKey = keyFile(join(home, 'keys', `${name}.vault`), entropy, ledgerFolder)
  const ledgerKey = keyFile(join(home, 'keys', `${name}.ledger`), entropy, ledgerFolder)
  if (!vaultKey.ok) return vaultKey
  if (!ledgerKey.ok) return ledgerKey
  const vault = openVault(vaultKey.value, entropy)
  const blobs = folderBlobs(join(folder, 'blobs'))
  const signer = {
    publicKey: publicKeyOf(ledgerKey.value),
    sign: (bytes: Uint8Array) => sign(ledgerKey.value, bytes),
  }
  const state = initialState()
  const published = publishedRoot(ledgerFolder)
  const canons = new CanonCheck()
  let mismatch: string | null = null
  const opened = await openSegmentLog(
    nodeDisk(ledgerFolder),
    { domain: name, signer, vault, blobs, entropy },
    ({ event }) => {
      canons.see(state, event)
      evolve(state, event)
      if (published !== null && event.seq === published.seq && stateRoot(state) !== published.stateRoot) {
        mismatch = `refolding gives another state than checkpoint ${published.seq} was signed for`
      }
    },
  )
  if (!opened.ok)
    return err(
      `the ledger cannot be opened: ${opened.error.message} (${opened.error.file}, offset ${opened.error.offset})`,
    )
  if (mismatch !== null) return err(mismatch)
  const canon = canons.check(home, state)
  if (!canon.ok) return canon
  const { ledger, setAside, checkpointCleared } = opened.value
  const remarks = [
    ...(setAside === null
      ? []
      : [`an unfinished write of ${setAside.bytes} bytes was set aside in ${setAside.file}`]),
    ...(checkpointCleared ? ['an unfinished checkpoint was cleared'] : []),
    ...canon.value,
  ]
  const payloadAt = (seq: number) => readPayload(ledgerFolder, seq, vault, blobs)
  return ok({ state, ledger, vault, ledgerKey: signer.publicKey, sign: signer.sign, remarks, payloadAt })
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

function publishedRoot(ledgerFolder: string): Checkpoint | null {
  const bytes = readWhole(readableFolder(ledgerFolder), checkpointsFile)
  const ring = bytes === null ? null : readCheckpointRing(bytes)
  return ring?.ok === true ? (ring.value.checkpoints.at(-1)?.checkpoint ?? null) : null
}

function readPayload(ledgerFolder: string, seq: number, vault: Vault, blobs: BlobStore): Uint8Array | null {
  const record = new LedgerReader(readableFolder(ledgerFolder)).at(seq)
  if (!record.ok || record.value === null) return null
  const opened = openPayload(record.value, vault, blobs)
  return opened.ok ? opened.value : null
}
