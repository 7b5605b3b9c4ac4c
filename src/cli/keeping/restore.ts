/**
 * Makes a second folder from a backup: everything, or what was there at an earlier event or instant. The copy is for
 * looking at. No kernel opens it for writing, because whoever has the keys could otherwise go on in two places under
 * one identity; what to do when the first place is lost is in docs/keeping.md.
 */
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson } from '../../base/canonical-json.ts'
import { folderBlobs } from '../../ledger/blobs.ts'
import { checkpointsFileBytes } from '../../ledger/checkpoint-slots.ts'
import { checkpointsFile } from '../../ledger/format.ts'
import { readableFolder } from '../../ledger/node-disk.ts'
import type { ReadableDisk } from '../../ledger/readable-disk.ts'
import { scanSegments } from '../../ledger/scan.ts'
import { verifyLedger } from '../../ledger/verify.ts'
import { syncFolder } from '../../ledger/replace-file.ts'
import { copyBlobs, copySegments } from './backup.ts'
import { CopyProblem } from '../../ledger/keeping/keeping-problem.ts'
import { restoredMark } from '../../ledger/keeping/restored-mark.ts'
import { copyDurably } from './durable-copy.ts'

/** Up to where: whichever comes first. Both are inclusive; a batch is restored whole or not at all. */
export interface RestorePoint {
  readonly seq?: number
  /** Milliseconds since 1970. */
  readonly at?: number
}

/** What was restored. */
export interface RestoreReport {
  readonly domain: string
  readonly seq: number
  /** Time of the last event. */
  readonly at: number
  readonly chain: string
  /** Last event of the backup. */
  readonly of: number
  readonly blobs: number
}

/** Restores the backup in `from` as a domain of a new home in `to`, which must not exist or be empty. */
export async function restoreBackup(
  from: string,
  to: string,
  point: RestorePoint = {},
  told?: (name: string) => void,
): Promise<RestoreReport> {
  if (existsSync(to) && readdirSync(to).length > 0)
    throw new CopyProblem(`${to} is not empty: a backup is restored into a new folder`)
  const disk = readableFolder(join(from, 'ledger'))
  const report = verifyLedger(disk, { blobs: folderBlobs(join(from, 'blobs')) })
  const [wrong] = report.problems
  if (wrong !== undefined || report.domain === null)
    throw new CopyProblem(
      `the backup does not verify: ${wrong?.message ?? 'it is empty'} (${wrong?.file ?? ''})`,
    )
  const cut = cutAt(disk, point)
  if (cut.seq === 0) throw new CopyProblem('the ledger begins later than that')
  const domainFolder = join(to, 'domains', report.domain)
  const ledger = join(domainFolder, 'ledger')
  mkdirSync(ledger, { recursive: true, mode: 0o700 })
  await write(
    join(domainFolder, restoredMark),
    Buffer.from(canonicalJson({ of: report.head.seq, seq: cut.seq, erased: cut.erased })),
  )
  await copySegments(disk, ledger, cut.seq, told)
  const blobs = await copyBlobs(join(from, 'blobs'), join(domainFolder, 'blobs'), cut.blobs, told)
  await copyCheckpoints(disk, ledger, cut.seq === report.head.seq)
  return { domain: report.domain, seq: cut.seq, at: cut.at, chain: cut.chain, of: report.head.seq, blobs }
}

interface Cut {
  readonly seq: number
  readonly at: number
  readonly chain: string
  readonly blobs: ReadonlySet<string>
  /** Whom the backup erased, earlier or later: no escrow brings their keys back. */
  readonly erased: readonly number[]
}

/** The last batch that lies wholly before the point, and the blobs that events up to it name. */
function cutAt(disk: ReadableDisk, { seq = Infinity, at = Infinity }: RestorePoint): Cut {
  let cut: Omit<Cut, 'blobs' | 'erased'> = { seq: 0, at: 0, chain: '' }
  let last = 0
  const blobs = new Map<string, number>()
  const erased: number[] = []
  const visitor: Parameters<typeof scanSegments>[1] = {
    record({ event, stored }) {
      last = event.at
      if (event.kind === 'subject.erased') erased.push(event.body.subject)
      if (stored?.form === 'blob' && !blobs.has(stored.digest)) blobs.set(stored.digest, event.seq)
    },
    batchEnd(end, chain) {
      if (end <= seq && last <= at) cut = { seq: end, at: last, chain }
    },
  }
  const scan = scanSegments(disk, visitor)
  if (!scan.ok) throw new CopyProblem(scan.error.message)
  const wanted = [...blobs].filter(([, first]) => first <= cut.seq).map(([digest]) => digest)
  return { ...cut, blobs: new Set(wanted), erased }
}

/** A checkpoint says more than a ledger that was cut before it: such a ledger has none. */
async function copyCheckpoints(disk: ReadableDisk, ledger: string, isWhole: boolean): Promise<void> {
  const ring = isWhole ? disk.open(checkpointsFile) : null
  if (ring === null) await write(join(ledger, checkpointsFile), new Uint8Array(checkpointsFileBytes))
  else await copyDurably(ring, join(ledger, checkpointsFile)).finally(() => ring.close())
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
  syncFolder(join(path, '..'))
}
