/**
 * Folds a domain's ledger when it is opened: what comes after its newest usable snapshot, or all of it. A snapshot
 * that turns out not to fit is as good as none. Either way the result is held against the newest checkpoint.
 */
import { dirname, join } from 'node:path'
import type { Result } from '../base/result.ts'
import { err, ok } from '../base/result.ts'
import { evolve } from '../kernel/evolve.ts'
import { stateRoot } from '../kernel/root.ts'
import type { State } from '../kernel/state.ts'
import { initialState } from '../kernel/state.ts'
import type { Checkpoint } from '../ledger/checkpoint.ts'
import { readCheckpointRing } from '../ledger/checkpoint-slots.ts'
import { adviceOn, diskFailureOf } from '../ledger/disk-failure.ts'
import { checkpointsFile } from '../ledger/format.ts'
import { ArchiveAway } from '../ledger/keeping/keeping-problem.ts'
import { archiveOf, writableWithArchive } from '../ledger/keeping/ledger-disk.ts'
import type { ReadSnapshot } from '../ledger/keeping/snapshot-store.ts'
import { newestSnapshot, snapshotPositions } from '../ledger/keeping/snapshot-store.ts'
import { nodeDisk, readableFolder } from '../ledger/node-disk.ts'
import type { OpenOptions, OpenedLog } from '../ledger/open.ts'
import { openSegmentLog } from '../ledger/open.ts'
import { readWhole } from '../ledger/readable-disk.ts'
import { ownCode } from '../seal/own-code.ts'
import { CanonCheck } from './canon-check.ts'
import type { SafeOpening } from './safe-opening.ts'
import { readSteps } from './canon-steps.ts'

/** A ledger that was folded and is open for writing. */
export interface FoldedLedger {
  readonly state: State
  readonly canons: CanonCheck
  readonly opened: OpenedLog
  /** The snapshot that the fold went on from, or 0. */
  readonly from: number
  /** Why snapshots were not used, for the operator. */
  readonly remarks: readonly string[]
}

/** How the ledger is opened: as always, and with what keeps it safe. */
export interface FoldOptions extends OpenOptions {
  readonly safe: Pick<SafeOpening, 'diskOf' | 'accepts'>
}

/** Folds the ledger in `ledgerFolder`; the error says in one sentence why that is not possible. */
export async function foldLedger(
  ledgerFolder: string,
  options: FoldOptions,
): Promise<Result<FoldedLedger, string>> {
  const remarks: string[] = []
  const snapshot = usableSnapshot(join(dirname(ledgerFolder), 'snapshots'), options, remarks)
  if (snapshot !== null) {
    const folded = await fold(ledgerFolder, options, snapshot)
    if (folded.ok) return ok({ ...folded.value, from: snapshot.head.seq, remarks })
    remarks.push(`snapshot ${snapshot.head.seq} is not used: ${folded.error}`)
  }
  const folded = await fold(ledgerFolder, options, null)
  return folded.ok ? ok({ ...folded.value, from: 0, remarks }) : folded
}

function usableSnapshot(folder: string, options: OpenOptions, remarks: string[]): ReadSnapshot | null {
  if (snapshotPositions(folder).length === 0) return null
  const trust = { domain: options.domain, ledgerKey: options.signer.publicKey, code: ownCode() }
  return newestSnapshot(folder, trust, { ignored: (why) => void remarks.push(why) })
}

type Folded = Pick<FoldedLedger, 'state' | 'canons' | 'opened'>

async function fold(
  ledgerFolder: string,
  options: FoldOptions,
  snapshot: ReadSnapshot | null,
): Promise<Result<Folded, string>> {
  try {
    return await foldFrom(ledgerFolder, options, snapshot)
  } catch (problem) {
    if (problem instanceof ArchiveAway) return err(`the ledger cannot be opened: ${problem.message}`)
    if ((problem as NodeJS.ErrnoException).syscall === undefined) throw problem
    const failure = diskFailureOf(problem, ledgerFolder)
    return err(`the ledger cannot be opened: ${failure.message}; ${adviceOn(failure)}`)
  }
}

async function foldFrom(
  ledgerFolder: string,
  { safe, ...given }: FoldOptions,
  snapshot: ReadSnapshot | null,
): Promise<Result<Folded, string>> {
  const state = snapshot?.state ?? initialState()
  const steps = snapshot === null ? ok([]) : readSteps(snapshot.beside, state)
  if (!steps.ok) return steps
  const canons = new CanonCheck(steps.value)
  const published = publishedRoot(ledgerFolder)
  const isOther = (root: () => string): boolean =>
    published !== null && state.seq === published.seq && root() !== published.stateRoot
  const mismatch = err(`refolding gives another state than checkpoint ${published?.seq} was signed for`)
  if (snapshot !== null && isOther(() => snapshot.stateRoot)) return mismatch
  let isWrong = false
  const options: OpenOptions = {
    ...given,
    keepsNothing: true,
    isHeadExpected: () => state.safeguards?.head === true,
    isAccepted: (doubt) => safe.accepts(state, doubt),
  }
  const opened = await openSegmentLog(
    writableWithArchive(safe.diskOf(nodeDisk(ledgerFolder)), archiveOf(dirname(ledgerFolder))),
    snapshot === null ? options : { ...options, from: snapshot.head },
    ({ fleeting }) => {
      canons.see(state, fleeting)
      evolve(state, fleeting)
      isWrong ||= isOther(() => stateRoot(state))
    },
  )
  if (!opened.ok) {
    const { code, message, file, offset } = opened.error
    const advice = code === 'doubtful' ? '; an operator decides, with: custos ledger accept-loss' : ''
    return err(`the ledger cannot be opened: ${message} (${file}, offset ${offset})${advice}`)
  }
  if (!isWrong) return ok({ state, canons, opened: opened.value })
  opened.value.ledger.close()
  return mismatch
}

function publishedRoot(ledgerFolder: string): Checkpoint | null {
  const bytes = readWhole(readableFolder(ledgerFolder), checkpointsFile)
  const ring = bytes === null ? null : readCheckpointRing(bytes)
  return ring?.ok === true ? (ring.value.checkpoints.at(-1)?.checkpoint ?? null) : null
}
