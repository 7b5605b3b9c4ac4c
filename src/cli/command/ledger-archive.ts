/**
 * `custos ledger archive`: moves the oldest segments of the ledger to another folder. Nothing is destroyed; a start
 * does not need them as long as a snapshot of a later moment is there, which is why one is asked for first.
 */
import { join } from 'node:path'
import { archiveSegments, sealedSegments } from '../keeping/archive.ts'
import type { SealedSegment } from '../keeping/archive.ts'
import { namedLedgerKey } from '../keeping/ledger-key.ts'
import { newestSnapshot } from '../../ledger/keeping/snapshot-store.ts'
import { ledgerDisk } from '../../ledger/keeping/ledger-disk.ts'
import { LedgerReader } from '../../ledger/reader.ts'
import { ownCode } from '../../seal/own-code.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { visible } from '../escape.ts'
import { damagedFailure, exitCodes, usageFailure } from '../exit.ts'
import { parseInstant } from '../instant.ts'
import { parseCount } from '../lookup.ts'

/** Archives segments. */
export const ledgerArchiveCommand: Command = {
  name: 'ledger archive',
  synopsis: '--to FOLDER [--before INSTANT] [--keep N]',
  summary: 'move the oldest segments of the ledger to another folder',
  details: [
    'Only segments that hold nothing after the newest snapshot go: custos ledger snapshot makes one. Each is copied,',
    'read back and listed before it is removed. Everything still reads them there; custos ledger restore brings them back.',
  ],
  flags: [
    { name: 'to', value: 'FOLDER', about: 'where they go' },
    { name: 'before', value: 'INSTANT', about: 'only segments whose last event is older' },
    { name: 'keep', value: 'N', about: 'leave at least this many whole segments here (default: 4)' },
  ],
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const { args, out, paths } = context
    const to = valueOf(args, 'to')
    if (to === null) throw usageFailure('where to?', 'give --to FOLDER')
    const ledgerKey = namedLedgerKey(paths.domain)
    if (ledgerKey === null) throw usageFailure('there is nothing to archive', 'the ledger is empty')
    const chosen = chooseSegments(context, ledgerKey)
    await archiveSegments(paths.domain, chosen, {
      to,
      domain: paths.domainName,
      ledgerKey,
      moved: ({ ordinal, firstSeq, lastSeq }) =>
        out.note(`segment ${ordinal}: events ${firstSeq} to ${lastSeq}`),
    })
    const last = chosen.at(-1)?.lastSeq ?? 0
    out.result({ segments: chosen.length, lastSeq: last, folder: to }, [
      chosen.length === 0
        ? 'nothing to archive'
        : `${chosen.length} segments, up to event ${last}, are in ${visible(to)}`,
    ])
    return exitCodes.done
  },
}

function chooseSegments({ args, out, paths }: Context, ledgerKey: string): readonly SealedSegment[] {
  const trust = { domain: paths.domainName, ledgerKey, code: ownCode() }
  const told = { ignored: (why: string) => out.note(why) }
  const snapshot = newestSnapshot(join(paths.domain, 'snapshots'), trust, told)
  if (snapshot === null)
    throw usageFailure('there is no snapshot to start from', 'run: custos ledger snapshot')
  const keepWord = valueOf(args, 'keep')
  const keep = keepWord === null ? 4 : parseCount(keepWord)
  const sealed = sealedSegments(paths.domain)
  const some = sealed.slice(0, Math.max(0, sealed.length - keep))
  const covered = some.filter(({ lastSeq }) => lastSeq < snapshot.head.seq)
  const before = valueOf(args, 'before')
  if (before === null) return covered
  const instant = parseInstant(before, Date.now())
  if (!instant.ok) throw usageFailure(visible(instant.error))
  const reader = new LedgerReader(ledgerDisk(paths.domain))
  return covered.filter(({ lastSeq }) => {
    const record = reader.at(lastSeq)
    if (!record.ok || record.value === null)
      throw damagedFailure('the ledger is damaged', 'run: custos ledger verify')
    return record.value.event.at < instant.value
  })
}
