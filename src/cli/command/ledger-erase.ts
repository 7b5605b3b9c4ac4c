/**
 * `custos ledger erase`: destroys the keys of one subject. The ledger stays whole, with its chain, its proofs and its
 * replay; what its payloads said cannot be read any more, here or in any copy that was ever made.
 */
import { valueOf } from '../arguments.ts'
import { pause } from '../boot.ts'
import type { Command, Context } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { CommandFailure, exitCodes, usageFailure } from '../exit.ts'
import type { KernelClient } from '../kernel-client.ts'
import { numberOf } from '../kernel-client.ts'
import type { RecordedEscrow } from '../keeping/recorded-escrows.ts'
import { recordedEscrows, showEscrow } from '../keeping/recorded-escrows.ts'
import { signAndSend } from '../signing.ts'
import { listSubjects, subjectNumbered } from '../subjects.ts'
import { withKernel } from './with-kernel.ts'

const destroyMs = 10_000

/** Erases a subject. */
export const ledgerEraseCommand: Command = {
  name: 'ledger erase',
  synopsis: '--subject NAME|NUMBER [--reason TEXT]',
  summary: 'destroy the keys that open the payloads of a subject, for ever (signed by a sovereign)',
  details: [
    'The order is recorded first; the keys are destroyed then, and that is recorded too. Calls of the subject that',
    'are under way are cut, and its agents go on under a fresh number. A legal hold refuses it. Names, selectors',
    'and orders stay: docs/privacy.md says what is covered, and that a restart empties the kernel’s memory.',
  ],
  flags: [
    {
      name: 'subject',
      value: 'NAME',
      about: 'a name or number of custos subject list; a number of a removed agent',
    },
    { name: 'reason', value: 'TEXT', about: 'why; recorded' },
    ...signingFlags,
  ],
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const word = valueOf(context.args, 'subject')
      if (word === null) throw usageFailure('whom?', 'custos ledger erase --subject NAME')
      const subject = await subjectNumbered(kernel, word)
      const reason = valueOf(context.args, 'reason') ?? ''
      const before = escrowsOf(context, subject)
      const made = await signAndSend(context, kernel, { do: 'subject.erase', subject, reason }, [
        `(subject ${subject} is ${visible(word)}; nothing brings back what its payloads said)`,
        ...before.lines.map((line) => `(${line})`),
      ])
      await untilDestroyed(kernel, subject)
      const { escrows, lines } = escrowsOf(context, subject)
      const next = numberOf(made, 'next')
      context.out.result({ ...made, subject, escrows }, [
        `Erased subject ${subject}, recorded in #${numberOf(made, 'seq')}: its keys are destroyed.`,
        ...(next === 0 ? [] : [`Its agents go on as subject ${next}.`]),
        ...lines,
      ])
      context.out.note(
        'What was handled lately may be in memory that the kernel freed: custos down; custos up',
      )
    }),
}

/** The escrows with a copy of the subject's key, which erasing does not reach; null where they cannot be looked up. */
function escrowsOf(
  { paths }: Context,
  subject: number,
): { readonly escrows: readonly RecordedEscrow[] | null; readonly lines: readonly string[] } {
  try {
    const escrows = recordedEscrows(paths).filter(({ subjects }) => subjects.includes(subject))
    const lines = escrows.map((escrow) => `A copy of its key is in ${showEscrow(escrow)}: destroy that file.`)
    return { escrows, lines }
  } catch (problem) {
    const why = problem instanceof Error ? problem.message : String(problem)
    return { escrows: null, lines: [`Whether an escrow has a copy of its key is not known: ${visible(why)}`] }
  }
}

/** The kernel destroys the keys once the order is durable, and records that. */
async function untilDestroyed(kernel: KernelClient, subject: number): Promise<void> {
  const deadline = Date.now() + destroyMs
  while ((await listSubjects(kernel)).some((one) => one.subject === subject && one.erased !== null)) {
    if (Date.now() > deadline)
      throw new CommandFailure(
        exitCodes.fault,
        'the erasure is recorded, but its keys are not destroyed yet',
        'the kernel’s log says why; the next start tries again: custos down; custos up',
      )
    await pause(100)
  }
}
