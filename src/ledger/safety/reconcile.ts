/**
 * Makes a ledger's folder and its mirror the same again before the ledger is opened: whatever only one of them
 * has whole is put into the other. Nothing is guessed and nothing is shortened; what each repair was is returned,
 * so that it can be recorded. Files are put in place whole, so a death in between leaves the old one or the new.
 */
import { sha256Hex } from '../../base/hash.ts'
import type { Result } from '../../base/result.ts'
import { err, ok } from '../../base/result.ts'
import { checkpointsFile, segmentOrdinal, tornDigest } from '../format.ts'
import type { DiskFailure, RepairableDisk } from '../port.ts'
import type { LedgerProblem } from '../problem.ts'
import { problem } from '../problem.ts'
import { readWhole } from '../readable-disk.ts'
import { healCheckpoints } from './heal-checkpoints.ts'
import { healSegment } from './heal-segment.ts'

/** One file that was put right from the other copy. */
export interface Repair {
  readonly copy: 'ledger' | 'mirror' | 'head'
  readonly file: string
  /** What was there before, SHA-256 in hex; null when the file was missing. */
  readonly before: string | null
  /** How many bytes were not what they should have been. */
  readonly bytes: number
}

/**
 * Repairs both folders from each other. `publicKey` is what checkpoints are signed with; of segments up to
 * `archived` a copy is kept elsewhere, and they are left alone.
 */
export async function reconcile(
  main: RepairableDisk,
  mirror: RepairableDisk,
  publicKey: string,
  archived = 0,
): Promise<Result<readonly Repair[], LedgerProblem>> {
  const repairs: Repair[] = []
  let usualBytes = 0
  for (const name of namesOf(main, mirror)) {
    if ((segmentOrdinal(name) ?? archived + 1) <= archived) continue
    const first = readWhole(main, name)
    const second = readWhole(mirror, name)
    if (first !== null && second !== null && first.equals(second)) {
      if (segmentOrdinal(name) !== null) usualBytes = first.length
      continue
    }
    const healed = heal(name, first, second, { publicKey, usualBytes })
    if (!healed.ok) return err(problem('damaged', name, 0, healed.error))
    if (healed.value === null) continue
    if (segmentOrdinal(name) !== null) usualBytes = healed.value.length
    const sides = [
      { copy: 'ledger', disk: main, before: first },
      { copy: 'mirror', disk: mirror, before: second },
    ] as const
    for (const { copy, disk, before } of sides) {
      if (before?.equals(healed.value) === true) continue
      // oxlint-disable-next-line no-await-in-loop -- one file at a time
      const failure = await replace(disk, name, healed.value)
      if (failure !== null) return err(problem('disk', name, 0, `the ${copy}: ${failure.message}`))
      repairs.push(repairOf(copy, name, before, healed.value))
    }
  }
  return ok(repairs)
}

/** Segments first and in order; nothing that is no part of a ledger. */
function namesOf(main: RepairableDisk, mirror: RepairableDisk): readonly string[] {
  const names = new Set([...main.list(), ...mirror.list()])
  const segments = [...names].filter((name) => segmentOrdinal(name) !== null).sort()
  const aside = [...names].filter((name) => tornDigest(name) !== null).sort()
  return [...segments, ...aside, ...(names.has(checkpointsFile) ? [checkpointsFile] : [])]
}

/** The file as it should be, null when neither copy can say. */
function heal(
  name: string,
  first: Buffer | null,
  second: Buffer | null,
  { publicKey, usualBytes }: { readonly publicKey: string; readonly usualBytes: number },
): Result<Buffer | null, string> {
  const ordinal = segmentOrdinal(name)
  if (ordinal !== null) return healSegment(first, second, { ordinal, usualBytes })
  if (name === checkpointsFile) return ok(healCheckpoints(first, second, publicKey))
  return ok([first, second].find((copy) => copy !== null && sha256Hex(copy) === tornDigest(name)) ?? null)
}

function repairOf(copy: Repair['copy'], file: string, before: Buffer | null, after: Buffer): Repair {
  if (before === null) return { copy, file, before: null, bytes: after.length }
  let bytes = Math.abs(before.length - after.length)
  for (let at = 0; at < Math.min(before.length, after.length); at++) if (before[at] !== after[at]) bytes++
  return { copy, file, before: sha256Hex(before), bytes }
}

function replace(disk: RepairableDisk, name: string, bytes: Uint8Array): Promise<DiskFailure | null> {
  return new Promise((resolve) => disk.replace(name, bytes, resolve))
}

/** A repair in words. */
export function showRepair({ copy, file, before, bytes }: Repair): string {
  const what = before === null ? 'was missing' : `had ${bytes} wrong bytes`
  return `${file} of the ${copy} ${what} and was put right`
}
