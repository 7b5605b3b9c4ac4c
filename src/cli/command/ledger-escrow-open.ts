/**
 * `custos ledger escrow show|open`: what an escrow holds, and its keys put in the place of a restored home. Nobody's key
 * comes back who was erased, as far as any ledger that is at hand says so.
 */
import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { noteReading } from '../../ledger/privacy/noted-readings.ts'
import { valueOf } from '../arguments.ts'
import type { Command } from '../command.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import { damagedFailure, exitCodes, usageFailure } from '../exit.ts'
import type { HomePaths } from '../home.ts'
import { homePaths } from '../home.ts'
import type { ClosedEscrow } from '../keeping/escrow-file.ts'
import { escrowBytesLimit, readEscrow } from '../keeping/escrow-file.ts'
import { placeKeys } from '../keeping/escrow-keys.ts'
import { namedLedgerKey } from '../keeping/ledger-key.ts'
import { readRecoveryCode } from '../keeping/recovery-code.ts'
import type { RecordedEscrow } from '../keeping/recorded-escrows.ts'
import { erasedSubjects, recordedEscrows, showEscrow } from '../keeping/recorded-escrows.ts'
import { showKeys } from '../privacy-rendering.ts'
import { askSecret, canAsk } from '../prompt.ts'
import { notedReadings } from '../recorded-reading.ts'
import { userName } from '../user-name.ts'

/** Shows what a file holds. */
export const ledgerEscrowShowCommand: Command = {
  name: 'ledger escrow show',
  synopsis: 'FILE',
  summary: 'show what an escrow holds, without opening it',
  details: ['Where the home has the ledger that it is of: which event records it, and whom it erased since.'],
  flags: [],
  isHomeWide: true,
  positionals: { fewest: 1, most: 1 },
  run({ args, out, paths, env }) {
    const escrow = escrowIn(args.positionals[0] ?? '')
    const { head, digest } = escrow
    const own = homePaths(paths.home, env, head.domain)
    const isHere = namedKeyOf(own) === head.ledgerKey
    const record = isHere ? recordOf(own, escrow) : null
    const erased = isHere ? erasedIn(own, head.subjects) : []
    out.result({ ...head, digest, recorded: record, erased }, [
      `escrow of ${showKeys(head)}`,
      `  domain   ${visible(head.domain)}, ledger ${visible(head.ledgerKey)}`,
      `  made     ${showInstant(head.madeAt)}`,
      `  sha256   ${digest}`,
      `  record   ${isHere ? recordWords(record) : `not of a ledger in ${visible(paths.home)}`}`,
      ...(erased.length === 0
        ? []
        : [`  erased since: ${erased.join(', ')}. Destroy this file; make it anew`]),
    ])
    return Promise.resolve(exitCodes.done)
  },
}

/** Puts the keys into a home. */
export const ledgerEscrowOpenCommand: Command = {
  name: 'ledger escrow open',
  synopsis: 'FILE --into HOME [--code-file FILE]',
  summary: 'put the keys of an escrow into a home that was restored from a backup',
  details: [
    'HOME must have a ledger of the domain that the escrow is of. Keys of subjects that its ledger erased, or this',
    'home’s (--home) where it is the same ledger, are left out. Keys that are there are never replaced.',
  ],
  flags: [
    { name: 'into', value: 'HOME', about: 'the home that was restored' },
    { name: 'code-file', value: 'FILE', about: 'take the recovery code from a private file, for automation' },
  ],
  isHomeWide: true,
  positionals: { fewest: 1, most: 1 },
  async run(context) {
    const { args, out, paths, env } = context
    const into = valueOf(args, 'into')
    if (into === null) throw usageFailure('into which home?', 'give --into HOME')
    const file = args.positionals[0] ?? ''
    const escrow = escrowIn(file)
    const { domain, ledgerKey, subjects } = escrow.head
    const target = homePaths(resolve(into), {}, domain)
    const own = homePaths(paths.home, env, domain)
    if (namedKeyOf(target) !== ledgerKey)
      throw usageFailure(
        `${visible(target.home)} has no ledger of domain ${domain} that this escrow is of`,
        'custos ledger escrow show FILE says which ledger it is of; restore a backup of that one first',
      )
    const keys = await opened(escrow, target, valueOf(args, 'code-file'))
    const places = namedKeyOf(own) === ledgerKey ? [target, own] : [target]
    const leftOut = [...new Set(places.flatMap((place) => erasedIn(place, subjects)))]
    const given = [0, ...subjects].flatMap((subject, at) => {
      const key = keys[at]
      return key === undefined || leftOut.includes(subject) ? [] : [{ subject, key }]
    })
    const offlineAt = Date.now()
    const reading = { reader: userName(), purpose: 'ledger escrow open', from: 1, offlineAt }
    noteReading(notedReadings(target), reading)
    const placed = placeKeys(target, given)
    for (const key of keys) key.fill(0)
    out.result({ ...escrow.head, home: target.home, placed, leftOut }, [
      `${placed} keys put into ${visible(target.keys)}, ${given.length - placed} were there`,
      ...(leftOut.length === 0 ? [] : [`left out, because they were erased: subjects ${leftOut.join(', ')}`]),
      `  see: custos ledger show SEQ --offline --home ${visible(target.home)}`,
    ])
    return exitCodes.done
  },
}

function escrowIn(path: string): ClosedEscrow {
  if (!existsSync(path)) throw usageFailure(`there is no file ${visible(path)}`, 'name the file of an escrow')
  const descriptor = openSync(path, 'r')
  try {
    const length = Math.min(fstatSync(descriptor).size, escrowBytesLimit + 1)
    const bytes = Buffer.alloc(length)
    const escrow = readSync(descriptor, bytes) === length ? readEscrow(bytes) : null
    if (escrow !== null) return escrow
  } finally {
    closeSync(descriptor)
  }
  throw damagedFailure(`${visible(path)} is no escrow, or is damaged`, 'take another copy of the file')
}

function namedKeyOf(place: HomePaths): string | null {
  return existsSync(place.ledger) ? namedLedgerKey(place.domain) : null
}

function recordOf(place: HomePaths, { digest }: ClosedEscrow): RecordedEscrow | null {
  return recordedEscrows(place).find((known) => known.digest === digest) ?? null
}

function recordWords(record: RecordedEscrow | null): string {
  return record === null ? 'NOT RECORDED: this is not the file that the ledger knows' : showEscrow(record)
}

function erasedIn(place: HomePaths, subjects: readonly number[]): readonly number[] {
  const erased = erasedSubjects(place)
  return subjects.filter((subject) => erased.has(subject))
}

async function opened(
  escrow: ClosedEscrow,
  target: HomePaths,
  codeFile: string | null,
): Promise<readonly Uint8Array[]> {
  const secret = readRecoveryCode(codeFile === null ? await typedCode() : codeIn(codeFile))
  if (secret === null)
    throw usageFailure('that is not a recovery code: it was mistyped', 'it is 8 groups of 4')
  const keys = escrow.open(secret)
  if (keys !== null) return keys
  if (recordOf(target, escrow) !== null)
    throw usageFailure(
      'that is the recovery code of another escrow',
      'the file itself is what the ledger records',
    )
  throw damagedFailure(
    'that is the recovery code of another escrow, or the file was changed',
    'try another copy of the file; custos ledger escrow list says what their digests are',
  )
}

function typedCode(): Promise<string> {
  if (canAsk()) return askSecret('Recovery code: ')
  throw usageFailure('the recovery code is needed and there is no terminal to ask at', 'use --code-file FILE')
}

function codeIn(file: string): string {
  if (!existsSync(file))
    throw usageFailure(`there is no file ${visible(file)}`, 'name the file with the code')
  const { mode, size } = statSync(file)
  if ((mode & 0o077) !== 0)
    throw usageFailure(`others can read ${visible(file)}`, `run: chmod 600 ${visible(file)}`)
  return size > 1024 ? '' : readFileSync(file, 'utf8')
}
