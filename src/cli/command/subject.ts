/** `custos subject add|list`: whom payloads are about, so that all about one of them can be erased. */
import { isName } from '../../kernel/sovereign/shape.ts'
import type { Command } from '../command.ts'
import { signingFlags } from '../command.ts'
import { visible } from '../escape.ts'
import { usageFailure } from '../exit.ts'
import { numberOf } from '../kernel-client.ts'
import { table } from '../output.ts'
import { signAndSend } from '../signing.ts'
import { listSubjects } from '../subjects.ts'
import { withKernel } from './with-kernel.ts'

/** Names a subject. */
export const subjectAddCommand: Command = {
  name: 'subject add',
  synopsis: 'NAME',
  summary: 'name somebody whom agents can be added for (signed)',
  details: [
    'Payloads of an agent added with --subject NAME are sealed under keys of that subject alone. The name stays in',
    'the ledger for ever: use one that says nothing about a person.',
  ],
  flags: signingFlags,
  positionals: { fewest: 1, most: 1 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const name = context.args.positionals[0] ?? ''
      if (!isName(name))
        throw usageFailure(`"${visible(name)}" cannot be a name`, 'use lower case, digits, ".", "_" and "-"')
      const made = await signAndSend(context, kernel, { do: 'subject.add', name })
      context.out.result(made, [
        `${name} is subject ${numberOf(made, 'subject')}, recorded in #${numberOf(made, 'seq')}.`,
      ])
    }),
}

/** Lists subjects. */
export const subjectListCommand: Command = {
  name: 'subject list',
  synopsis: '',
  summary: 'list whom payloads are about: named subjects, and agents that are about themselves',
  details: [],
  flags: [],
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const subjects = await listSubjects(kernel)
      const rows = subjects.map(({ subject, name, agents, erased }) => [
        String(subject),
        visible(name),
        erased === null ? 'open' : 'its keys are being destroyed',
        agents.map(visible).join(', '),
      ])
      context.out.result(
        subjects,
        rows.length === 0
          ? ['There is no subject yet.']
          : table([['SUBJECT', 'NAME', 'IS', 'AGENTS'], ...rows]),
      )
    }),
}
