/**
 * How it stands with the mirror of a domain, in words and in numbers: as it was chosen, as the ledger records it, and
 * as its folder is. Read from the folders, so that it is there for a ledger that nobody runs too.
 */
import { statSync } from 'node:fs'
import { join } from 'node:path'
import type { Safeguards } from '../kernel/recovery/event-bodies.ts'
import { ledgerDisk } from '../ledger/keeping/ledger-disk.ts'
import { readableFolder } from '../ledger/node-disk.ts'
import type { ReadableDisk } from '../ledger/readable-disk.ts'
import { readSafeguards } from '../ledger/safety/safeguards-file.ts'
import { pause } from './boot.ts'
import { showInstant } from './duration.ts'
import { visible } from './escape.ts'
import type { HomePaths } from './home.ts'
import { namedLedgerKey } from './keeping/ledger-key.ts'
import { newestCheckpoint } from './keeping/newest-checkpoint.ts'
import { openLedgerFolder, orDamaged } from './ledger-folder.ts'
import { freeBytesAt, freeWords, isFull } from './status-room.ts'

/**
 * `none`: nobody chose one; `chosen`: it holds from the next start on; `kept`: it has what the ledger has; `behind`: it
 * has less; `missing`: its folder is not there; `unreadable`: it has no checkpoint of this ledger; `unknown`: the choice
 * itself cannot be read.
 */
export type MirrorState = 'none' | 'chosen' | 'kept' | 'behind' | 'missing' | 'unreadable' | 'unknown'

/** The mirror of one domain. */
export interface MirrorStatus {
  readonly state: MirrorState
  /** Its folder, or null. */
  readonly folder: string | null
  readonly goesOnWithoutMirror: boolean
  /** What the ledger records now, and since when, in milliseconds since 1970; null before it records any. */
  readonly recorded: (Pick<Safeguards, 'mirror'> & { readonly since: number; readonly seq: number }) | null
  /** Last event under a checkpoint, here and there; null where there is none. */
  readonly seq: number | null
  readonly mirrorSeq: number | null
  /** Bytes that the disk of the mirror still takes, or null. */
  readonly freeBytes: number | null
  /** Why the choice cannot be read, or null. */
  readonly problem: string | null
}

/** Looks at the mirror of a domain. */
export async function mirrorStatus(paths: HomePaths): Promise<MirrorStatus> {
  const choice = readSafeguards(paths.domain)
  const { mirror: folder, goesOnWithoutMirror } = choice.ok ? choice.value : noChoice
  const recorded = recordedMirror(paths)
  const nothing = { seq: null, mirrorSeq: null, freeBytes: null }
  const known = { folder, goesOnWithoutMirror, recorded, problem: choice.ok ? null : choice.error }
  if (!choice.ok) return { state: 'unknown', ...known, ...nothing }
  if (folder === null) return { state: 'none', ...known, ...nothing }
  if (!isFolder(folder)) return { state: 'missing', ...known, ...nothing }
  const { seq, mirrorSeq } = await compared(paths, folder)
  const isEqual = mirrorSeq !== null && mirrorSeq >= (seq ?? 0)
  const isKept = recorded?.mirror === 'kept'
  const state = isEqual && isKept ? 'kept' : recorded?.mirror === 'lost' || isKept ? 'behind' : 'chosen'
  const isUnreadable = state === 'behind' && mirrorSeq === null
  const freeBytes = freeBytesAt(folder)
  return { state: isUnreadable ? 'unreadable' : state, ...known, seq, mirrorSeq, freeBytes }
}

/** True where somebody has to do something: the second copy that was chosen is none, or soon will be. */
export function isMirrorBad({ state, freeBytes }: MirrorStatus): boolean {
  return state === 'kept' ? freeBytes !== null && isFull(freeBytes) : state !== 'none' && state !== 'chosen'
}

/** The mirror in one line, safe to print. */
export function mirrorWords(status: MirrorStatus): string {
  const { state, folder, goesOnWithoutMirror, recorded, seq, mirrorSeq, freeBytes, problem } = status
  const where = visible(folder ?? '')
  const since = recorded === null ? '' : ` since ${showInstant(recorded.since)}`
  const lost = recorded?.mirror === 'lost' ? `; the kernel goes on without it${since}` : ''
  const otherwise = goesOnWithoutMirror ? 'goes on without it' : 'stops until it is back'
  switch (state) {
    case 'none':
      return 'none: there is one copy of the ledger'
    case 'chosen':
      return `${where}, from the next start on`
    case 'kept': {
      const room = freeBytes === null ? '' : `; its disk: ${freeWords(freeBytes)}`
      return `${where}, kept${since}${room}; when it fails, the kernel ${otherwise}`
    }
    case 'behind':
      return `BEHIND: ${where} has ${mirrorSeq ?? 0} of ${seq ?? 0} events${lost}; the next start catches up`
    case 'missing':
      return `MISSING: ${where} is not there${lost}; bring it back, or: custos ledger mirror --off`
    case 'unreadable':
      return `UNREADABLE: ${where} has no checkpoint of this ledger${lost}; the next start puts it right`
    case 'unknown':
      return `UNKNOWN: ${visible(problem ?? '')}`
  }
}

const noChoice = { mirror: null, goesOnWithoutMirror: false }
/** Starts and losses of mirrors that are looked back at. */
const mostLookedAt = 256
const mostLooks = 10
const lookEveryMs = 100

/** What the ledger records of its mirror, since the first event of those that say the same up to now. */
function recordedMirror(paths: HomePaths): MirrorStatus['recorded'] {
  const folder = openLedgerFolder(paths)
  const kinds = ['kernel.booted', 'ledger.guarded'] as const
  const found = kinds.flatMap((kind) => orDamaged(folder.index.newest({ kind }, mostLookedAt)))
  let known: MirrorStatus['recorded'] = null
  for (const seq of found.sort((one, other) => other - one)) {
    const said = folder.event(seq)
    if (said?.kind !== 'kernel.booted' && said?.kind !== 'ledger.guarded') continue
    const safeguards = said.kind === 'ledger.guarded' ? said.body : said.body.safeguards
    if (safeguards === undefined) continue
    if (known !== null && known.mirror !== safeguards.mirror) break
    known = { mirror: safeguards.mirror, since: said.at, seq }
  }
  return known
}

/** The last event under a checkpoint, here and there. A checkpoint that is on its way to both is waited for. */
async function compared(paths: HomePaths, folder: string): Promise<Pick<MirrorStatus, 'seq' | 'mirrorSeq'>> {
  const key = namedLedgerKey(paths.domain) ?? ''
  const seq = signedUpTo(ledgerDisk(paths.domain), key)
  for (let look = 1; ; look++) {
    const mirrorSeq = signedUpTo(readableFolder(join(folder, 'ledger')), key)
    if ((mirrorSeq ?? -1) >= (seq ?? 0) || look === mostLooks) return { seq, mirrorSeq }
    // oxlint-disable-next-line no-await-in-loop -- one look after another is the point
    await pause(lookEveryMs)
  }
}

function signedUpTo(disk: ReadableDisk, key: string): number | null {
  const newest = newestCheckpoint(disk, key)
  return newest.ok ? newest.value.seq : null
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
