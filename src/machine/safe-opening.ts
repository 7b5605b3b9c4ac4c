/**
 * What a domain's ledger is opened with beside its folder: the head record, the mirror if one was chosen, and an
 * operator's word about what is doubtful. The mirror is made equal to the ledger before anything is read.
 */
import { mkdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import type { Recovery, Safeguards } from '../kernel/recovery/event-bodies.ts'
import type { State } from '../kernel/state.ts'
import type { BlobStore } from '../ledger/blobs.ts'
import { folderBlobs } from '../ledger/blobs.ts'
import { archiveOf } from '../ledger/keeping/ledger-disk.ts'
import { nodeDisk } from '../ledger/node-disk.ts'
import type { Doubt, OpenedLog } from '../ledger/open.ts'
import type { Disk, DiskFailure, RepairableDisk } from '../ledger/port.ts'
import { mirroredBlobs } from '../ledger/safety/mirrored-blobs.ts'
import { mirroredDisk } from '../ledger/safety/mirrored-disk.ts'
import type { Repair } from '../ledger/safety/reconcile.ts'
import { reconcile, showRepair } from '../ledger/safety/reconcile.ts'
import type { SafeguardChoice } from '../ledger/safety/safeguards-file.ts'
import { headFolder, readSafeguards } from '../ledger/safety/safeguards-file.ts'
import { watchedDisk } from '../ledger/safety/watched-disk.ts'
import { dropAcceptedLoss, isLossAccepted, readAcceptedLoss } from './accepted-loss.ts'

/** What `openSegmentLog` is given. */
export interface SafeOpening {
  readonly headDisk: Disk
  readonly blobs: BlobStore
  /** The ledger's folder as a disk, with its mirror if there is one. */
  diskOf(own: RepairableDisk): Disk
  /** True when the operator's word that waits is about `doubt`, by the operators of `state`. */
  accepts(state: State, doubt: Doubt): boolean
  /** What happened, once it is open. */
  outcome(opened: OpenedLog): Outcome
}

/** What is to be recorded of an opening, and told. */
export interface Outcome {
  /** Null when there was nothing to put right. */
  readonly recovery: Omit<Recovery, 'more'> | null
  readonly safeguards: Safeguards
  readonly remarks: readonly string[]
  /** To be called once the recovery is recorded and durable. */
  settled(): void
}

/** How mirrors fail while the kernel runs. */
export interface SafetyPorts {
  /** Goes on without the mirror, as was chosen. Told once. */
  mirrorLost(failure: DiskFailure): void
}

/** Prepares the opening of the domain in `domainFolder`; the error says what is wrong and what to do. */
export async function prepareOpening(
  domainFolder: string,
  publicKey: string,
  ports: SafetyPorts,
): Promise<Result<SafeOpening, string>> {
  const choice = readSafeguards(domainFolder)
  if (!choice.ok) return choice
  const head = headDiskOf(domainFolder, choice.value)
  if (!head.ok) return head
  const mirror = choice.value.mirror === null ? null : await openMirror(domainFolder, choice.value, publicKey)
  if (mirror !== null && !mirror.ok && !choice.value.goesOnWithoutMirror) return err(mirror.error)
  const accepted = readAcceptedLoss(domainFolder)
  let used: typeof accepted = null
  const live = mirror?.ok === true ? mirror.value : null
  const onLost = choice.value.goesOnWithoutMirror
    ? (failure: DiskFailure): void => ports.mirrorLost(failure)
    : null
  const own = folderBlobs(join(domainFolder, 'blobs'))
  return ok({
    headDisk: head.value,
    blobs: live === null ? own : mirroredBlobs(own, live.blobs, onLost),
    diskOf: (disk) => (live === null ? disk : mirroredDisk(disk, live.disk, onLost)),
    accepts(state, doubt) {
      if (accepted === null || !isLossAccepted(state, accepted, doubt)) return false
      used = accepted
      return true
    },
    outcome(opened) {
      const repaired = live?.repairs ?? []
      const lost = mirror?.ok === false ? [`the ledger goes on without its mirror: ${mirror.error}`] : []
      return {
        ...describe(opened, repaired, used, lost),
        safeguards: { head: true, mirror: mirror === null ? 'none' : mirror.ok ? 'kept' : 'lost' },
        settled: () => used !== null && dropAcceptedLoss(domainFolder),
      }
    },
  })
}

/** A folder that somebody chose is there, or its disk is not mounted: then nothing is begun in its place. */
function headDiskOf(domainFolder: string, choice: SafeguardChoice): Result<Disk, string> {
  const folder = headFolder(domainFolder, choice)
  if (choice.head !== null && !isFolder(folder))
    return err(`the folder of the head record, ${folder}, is not there: mount it`)
  try {
    return ok(nodeDisk(folder))
  } catch (error) {
    return err(`the head record cannot be reached: ${(error as Error).message}`)
  }
}

interface Mirror {
  readonly disk: Disk
  readonly blobs: BlobStore
  readonly repairs: readonly Repair[]
}

async function openMirror(
  domainFolder: string,
  { mirror }: SafeguardChoice,
  publicKey: string,
): Promise<Result<Mirror, string>> {
  const folder = mirror ?? ''
  const advice = `bring it back, or run: custos ledger mirror --off`
  if (!isFolder(folder)) return err(`the mirror ${folder} is not there: ${advice}`)
  try {
    mkdirSync(join(folder, 'blobs'), { recursive: true, mode: 0o700 })
    const disk = nodeDisk(join(folder, 'ledger'), { inBackground: true })
    const archived = archiveOf(domainFolder)?.segments.length ?? 0
    const repairs = await reconcile(nodeDisk(join(domainFolder, 'ledger')), disk, publicKey, archived)
    if (!repairs.ok) {
      const { file, message } = repairs.error
      return err(`the mirror ${folder} and the ledger cannot be made one (${file}): ${message}; ${advice}`)
    }
    const watched = watchedDisk(disk, join(folder, 'ledger'))
    return ok({ disk: watched, blobs: folderBlobs(join(folder, 'blobs')), repairs: repairs.value })
  } catch (error) {
    return err(`the mirror ${folder} cannot be used: ${(error as Error).message}; ${advice}`)
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}

function describe(
  { setAside, checkpointCleared, completed, headFlaw }: OpenedLog,
  repaired: readonly Repair[],
  accepted: Recovery['accepted'],
  lost: readonly string[],
): Pick<Outcome, 'recovery' | 'remarks'> {
  const notes = [
    ...(checkpointCleared ? ['an unfinished checkpoint was cleared'] : []),
    ...(completed ? ['the end of the last hash was missing and was put there'] : []),
    ...(headFlaw === null ? [] : [headFlaw]),
  ]
  const aside =
    setAside === null
      ? null
      : { file: setAside.file, from: setAside.firstSeq, bytes: setAside.bytes, doubtful: setAside.doubtful }
  const isNothing = repaired.length === 0 && aside === null && notes.length === 0 && accepted === null
  return {
    recovery: isNothing ? null : { repaired, setAside: aside, remarks: notes, accepted },
    remarks: [
      ...repaired.map(showRepair),
      ...(aside === null
        ? []
        : [`an unfinished write of ${aside.bytes} bytes was set aside in ${aside.file}`]),
      ...notes,
      ...lost,
    ],
  }
}
