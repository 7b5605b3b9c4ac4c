/**
 * `custos ledger escrow create|list`: a copy of the keys that open payloads, in a file under a recovery code. Backups
 * never hold a key; this is for whoever wants to be able to read one when the home is gone. A copy of a subject's key
 * is beyond the reach of erasure, so it is in one only on demand, and the ledger knows of it before it exists.
 */
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { checkpointsFile } from '../../ledger/format.ts'
import { syncFolder } from '../../ledger/replace-file.ts'
import { valueOf, valuesOf } from '../arguments.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { showInstant } from '../duration.ts'
import { visible } from '../escape.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'
import { domainKeyOf, keyedSubjects, keyOfSubject } from '../keeping/escrow-keys.ts'
import { sealEscrow } from '../keeping/escrow-file.ts'
import { namedLedgerKey } from '../keeping/ledger-key.ts'
import { newRecoveryCode, readRecoveryCode } from '../keeping/recovery-code.ts'
import { erasedSubjects, recordedEscrows } from '../keeping/recorded-escrows.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import { limits } from '../../kernel/limits.ts'
import { writeNewFile } from '../new-file.ts'
import { table } from '../output.ts'
import { showKeys } from '../privacy-rendering.ts'
import { signAndSend } from '../signing.ts'
import { listSubjects, subjectNumbered } from '../subjects.ts'
import { withKernel } from './with-kernel.ts'

/** Makes an escrow. */
export const ledgerEscrowCreateCommand: Command = {
  name: 'ledger escrow create',
  synopsis: '--to FILE [--subjects | --subject NAME …]',
  summary: 'copy the keys that open payloads into a file under a recovery code (signed by a sovereign)',
  details: [
    'The domain’s key, which opens what is about nobody in particular; with --subjects also the key of everybody whom',
    'payloads are about now, with --subject of those who are named. Erasing somebody does not reach such a file: it is',
    'recorded, and custos ledger erase says which to destroy. The recovery code is printed once and kept nowhere.',
  ],
  flags: [
    { name: 'to', value: 'FILE', about: 'the new file; keep it apart from the home and from backups' },
    { name: 'subjects', about: 'with the keys of all subjects that have one now' },
    { name: 'subject', value: 'NAME', repeat: true, about: 'with the key of this subject; again for others' },
    ...signingFlags,
  ],
  positionals: { fewest: 0, most: 0 },
  async run(context) {
    const { paths, out } = context
    const file = newFile(context)
    return withKernel(context, async (kernel) => {
      const subjects = await wantedSubjects(context, kernel)
      const head = { domain: paths.domainName, ledgerKey: keyNamed(context), madeAt: Date.now(), subjects }
      const keys = [domainKeyOf(paths), ...subjects.map((subject) => keyOrFailure(context, subject))]
      const code = newRecoveryCode()
      const { text, digest } = sealEscrow(head, keys, readRecoveryCode(code) ?? new Uint8Array())
      for (const key of keys) key.fill(0)
      const order = { do: 'escrow.create', digest, subjects } as const
      const made = await signAndSend(context, kernel, order).catch((problem: unknown) => {
        throw unwritten(problem)
      })
      // Somebody may have been erased since their key was read; then they are told of a file that never was.
      for (const subject of subjects) keyOrFailure(context, subject).fill(0)
      writeNewFile(file, text)
      syncFolder(dirname(file))
      const without = keyedSubjects(paths).length - subjects.length
      out.result({ ...made, file, digest, subjects, without, code }, [
        `Wrote ${showKeys({ subjects })} into ${visible(file)}, recorded in #${numberOf(made, 'seq')}.`,
        ...(without > 0 ? [`Payloads about ${without} other subjects cannot be opened with it.`] : []),
        '',
        `Recovery code: ${code}`,
        'It is shown this once. Keep it apart from the file, and both apart from the backups.',
      ])
    })
  },
}

/** Lists what the ledger knows of. */
export const ledgerEscrowListCommand: Command = {
  name: 'ledger escrow list',
  synopsis: '',
  summary: 'list the escrows that were made, and whom they hold keys of who was erased since',
  details: ['Whether a file still exists, the ledger cannot know.'],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  run({ paths, out }) {
    const erased = erasedSubjects(paths)
    const escrows = recordedEscrows(paths).map((escrow) => ({
      ...escrow,
      erased: escrow.subjects.filter((subject) => erased.has(subject)),
    }))
    const rows = escrows.map((escrow) => [
      `#${escrow.seq}`,
      showInstant(escrow.at),
      escrow.by,
      String(escrow.subjects.length),
      escrow.erased.length === 0 ? '' : `${escrow.erased.join(', ')}: destroy it`,
      visible(escrow.digest),
    ])
    const heading = ['EVENT', 'MADE', 'BY', 'SUBJECTS', 'ERASED SINCE', 'SHA256']
    out.result(escrows, rows.length === 0 ? ['There are none.'] : table([heading, ...rows]))
    return Promise.resolve(exitCodes.done)
  },
}

function newFile({ args, paths }: Context): string {
  const to = valueOf(args, 'to')
  if (to === null) throw usageFailure('where to?', 'give --to FILE')
  const file = resolve(to)
  if (existsSync(file)) throw usageFailure(`${visible(file)} exists already`, 'give another name')
  if (!existsSync(dirname(file)))
    throw usageFailure(`there is no folder ${visible(dirname(file))}`, 'make it first')
  if (file.startsWith(`${paths.home}/`))
    throw usageFailure('an escrow in the home is lost with the home', 'choose a folder elsewhere')
  if (existsSync(join(dirname(file), 'ledger', checkpointsFile)))
    throw usageFailure('that is the folder of a backup', 'keep keys apart from what they open')
  return file
}

async function wantedSubjects({ args, paths }: Context, kernel: KernelClient): Promise<readonly number[]> {
  const named = valuesOf(args, 'subject')
  const all = args.switches.has('subjects')
  if (all && named.length > 0) throw usageFailure('--subjects is everybody already', 'give one of them')
  const gone = (await listSubjects(kernel)).filter(({ erased }) => erased !== null)
  const wanted = new Set(all ? keyedSubjects(paths) : [])
  // oxlint-disable-next-line no-await-in-loop -- few, and each may have to be asked for
  for (const word of named) wanted.add(await subjectNumbered(kernel, word))
  for (const { subject } of gone) wanted.delete(subject)
  if (wanted.size > limits.subjectsInEscrow)
    throw usageFailure(
      `${wanted.size} subjects have a key, and one escrow holds ${limits.subjectsInEscrow}`,
      'name those that matter with --subject, in several files',
    )
  return [...wanted].sort((one, other) => one - other)
}

function keyNamed({ paths }: Context): string {
  const key = namedLedgerKey(paths.domain)
  if (key === null) throw usageFailure('the ledger is empty', 'there is nothing to open with keys')
  return key
}

function keyOrFailure({ paths }: Context, subject: number): Uint8Array {
  const key = keyOfSubject(paths, subject)
  if (key !== null) return key
  throw new CommandFailure(
    exitCodes.usage,
    `subject ${subject} has no key: nothing was sealed for it yet, or it was erased`,
    'leave it out; nothing was written',
  )
}

/** An order that only became a proposal: its keys were given up, and whoever confirms it has none to write. */
function unwritten(problem: unknown): unknown {
  if (!(problem instanceof CommandFailure) || problem.exitCode !== exitCodes.proposed) return problem
  const message = `${problem.message}; no file was written, and confirming it writes none`
  const advice = 'decline it; a sovereign operator makes the escrow: custos ledger escrow create'
  return new CommandFailure(exitCodes.proposed, message, advice, { seq: problem.seq })
}
