/**
 * `custos ledger restore`: brings archived segments back; or, with `--to`, makes a second home from a backup, whole or
 * as it was at an earlier moment.
 */
import { resolve } from 'node:path'
import { restoreSegments } from '../keeping/archive.ts'
import { restoreBackup } from '../keeping/restore.ts'
import type { RestorePoint } from '../keeping/restore.ts'
import { valueOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import { parseInstant } from '../instant.ts'

/** Restores. */
export const ledgerRestoreCommand: Command = {
  name: 'ledger restore',
  synopsis: '[--from FOLDER] [--to HOME [--at INSTANT|SEQ]]',
  summary: 'bring archived segments back, or make a second home from a backup',
  details: [
    'With --to, the backup in --from becomes a home of its own, for reading: with --at as it was after that event, or',
    'at that instant. Every command that needs only the folder works there; no kernel writes to it.',
  ],
  flags: [
    { name: 'from', value: 'FOLDER', about: 'the backup, or where archived segments are now' },
    { name: 'to', value: 'HOME', about: 'the new home folder' },
    { name: 'at', value: 'INSTANT|SEQ', about: 'restore only up to there' },
  ],
  positionals: { fewest: 0, most: 0 },
  run(context) {
    return valueOf(context.args, 'to') === null ? bringBack(context) : fromBackup(context)
  },
}

async function bringBack({ args, out, paths }: Context): Promise<number> {
  if (valueOf(args, 'at') !== null) throw usageFailure('--at is for a backup', 'give --to HOME as well')
  const told = ({ ordinal }: { readonly ordinal: number }): void => out.note(`segment ${ordinal}`)
  const count = await restoreSegments(paths.domain, valueOf(args, 'from'), told)
  out.result({ segments: count }, [count === 0 ? 'nothing is archived' : `${count} segments are back`])
  return exitCodes.done
}

async function fromBackup({ args, out }: Context): Promise<number> {
  const [from, to] = [valueOf(args, 'from'), valueOf(args, 'to') ?? '']
  if (from === null) throw usageFailure('from which backup?', 'give --from FOLDER')
  const home = resolve(to)
  const report = await restoreBackup(from, home, pointOf(valueOf(args, 'at')), (name) =>
    out.note(visible(name)),
  )
  const { seq, at, of, domain } = report
  out.result({ ...report, home }, [
    `restored ${seq} of ${of} events, the last of ${showInstant(at)}, for reading`,
    `  see: custos ledger verify --home ${visible(home)}${domain === 'main' ? '' : ` --domain ${domain}`}`,
  ])
  return exitCodes.done
}

function pointOf(word: string | null): RestorePoint {
  if (word === null) return {}
  if (/^#?\d{1,15}$/u.test(word)) return { seq: Number(word.replace('#', '')) }
  const instant = parseInstant(word, Date.now())
  if (!instant.ok) throw usageFailure(visible(instant.error))
  return { at: instant.value }
}
