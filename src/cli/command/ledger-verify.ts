/**
 * `custos ledger verify`: everything about the stored ledger that can be checked without trusting whoever
 * wrote it. A checkpoint kept elsewhere makes rewriting and rolling back visible too, and a witness's line under it
 * shows that others saw the same history.
 */
import { dirname, resolve } from 'node:path'
import { toBase64url } from '../../base/base64url.ts'
import { verifiable } from '../keeping/verifiable.ts'
import { headRecordOf } from '../../ledger/safety/safeguards-file.ts'
import { presentView } from '../../ledger/present-view.ts'
import { verifyLedger } from '../../ledger/verify.ts'
import { valueOf, valuesOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { checkBundle } from '../evidence/check-bundle.ts'
import { logKey, logKeyIn, typedKey } from '../evidence-view.ts'
import { exitCodes, usageFailure } from '../exit.ts'
import { givenHeads, readText } from '../given-heads.ts'
import type { HomePaths } from '../home.ts'
import { openLedgerFolder, showProblem } from '../ledger-folder.ts'
import { treeVerification, treeWords } from '../tree-verification.ts'

/** Verifies the ledger. */
export const ledgerVerifyCommand: Command = {
  name: 'ledger verify',
  synopsis: '[--checkpoint FILE…] [--key KEY] [--witness KEY…] [--folder DIR | --bundle FILE]',
  summary: 'verify the stored ledger: chain, tree, signatures, payload blobs; exit 4 when it does not hold',
  details: [
    'Keep a checkpoint elsewhere and pass it here: then a rewritten or older copy is found as well.',
    'Keep the key too, and nothing in the folder is believed: custos ledger checkpoint shows both.',
    'A bundle of custos ledger prove is verified from itself and the key; no ledger is needed.',
  ],
  flags: [
    { name: 'checkpoint', value: 'FILE', repeat: true, about: 'a checkpoint kept elsewhere' },
    { name: 'key', value: 'KEY', about: "the ledger's key, as known from elsewhere" },
    { name: 'witness', value: 'KEY', repeat: true, about: 'who must have cosigned the given checkpoints' },
    { name: 'folder', value: 'DIR', about: 'a ledger folder anywhere, such as a copy' },
    { name: 'bundle', value: 'FILE', about: 'the evidence for one event, instead of a ledger' },
  ],
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    Promise.resolve(valueOf(context.args, 'bundle') === null ? verify(context) : bundle(context)),
}

function verify({ args, out, paths: own }: Context): number {
  const elsewhere = valueOf(args, 'folder')
  const paths = placeOf(own, elsewhere)
  const given = givenHeads(args)
  const folder = openLedgerFolder(paths)
  // Read before the ledger, which may be being written to, so that it is never behind.
  const head = elsewhere === null ? headRecordOf(paths.domain) : null
  const { disk, from } = elsewhere === null ? verifiable(paths.domain) : { disk: folder.disk }
  const key = given.key ?? (from === undefined ? logKeyIn(folder) : logKey(from.start.domain, from.ledgerKey))
  const tree = treeVerification(paths.domain, key, given)
  const report = verifyLedger(presentView(disk), {
    blobs: folder.blobs,
    ...(head === null ? {} : { head }),
    ...(from === undefined ? {} : { from }),
    ...(given.chainCheckpoint === null ? {} : { checkpoint: given.chainCheckpoint }),
    ...(given.key === null ? {} : { publicKey: toBase64url(given.key.publicKey) }),
    also: ({ event, bytes }) => tree.check.take(event.seq, bytes),
  })
  const problems = [...report.problems, ...tree.problems, ...tree.check.problems(report.events)]
  const sound = problems.length === 0
  const trees = tree.heads.map(({ size, source, cosigned }) => ({
    size,
    source,
    cosigned: Object.fromEntries(cosigned),
  }))
  out.result({ valid: sound, ...report, problems, trees }, [
    `${sound ? 'valid' : 'NOT VALID'}: ${report.events} events in ${report.batches} batches, ${report.checkpoints} checkpoints`,
    ...(from === undefined
      ? []
      : [`  events 1 to ${from.start.seq} are archived, not here, and were not looked at`]),
    `  head ${report.head.seq} ${report.head.hash}`,
    `  ${report.sealed ? 'a signed checkpoint covers the last event' : 'the last events are not covered by a checkpoint yet'}`,
    ...(sound ? treeWords(tree.heads) : []),
    ...problems.map((problem) => `  ${showProblem(problem)}`),
  ])
  return sound ? exitCodes.done : exitCodes.damaged
}

function bundle({ args, out }: Context): number {
  for (const other of ['checkpoint', 'folder'])
    if (valueOf(args, other) !== null)
      throw usageFailure(`a bundle has its own checkpoint: --bundle and --${other} exclude each other`)
  const key = valueOf(args, 'key')
  const trust = {
    key: key === null ? null : typedKey(key, 1),
    witnesses: valuesOf(args, 'witness').map((word) => typedKey(word, 4)),
  }
  const holds = checkBundle(readText(valueOf(args, 'bundle') ?? ''), trust, out)
  return holds ? exitCodes.done : exitCodes.damaged
}

/** The home's ledger, or one that lies anywhere: what belongs to it is looked for beside it. */
function placeOf(paths: HomePaths, folder: string | null): HomePaths {
  if (folder === null) return paths
  const ledger = resolve(folder)
  return { ...paths, ledger, domain: dirname(ledger) }
}
