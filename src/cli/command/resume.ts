/**
 * `custos resume`: the operator's signed order that ends a halt.
 */
import type { Command } from '../command.ts'
import { signingFlags } from '../command.ts'
import { numberOf } from '../kernel-client.ts'
import { signAndSend } from '../signing.ts'
import { withKernel } from './with-kernel.ts'

/** Resumes the halted domain. */
export const resumeCommand: Command = {
  name: 'resume',
  synopsis: '',
  summary: 'end a halt (signed)',
  details: ['Calls that were in flight stay in doubt: a person settles what became of them.'],
  flags: signingFlags,
  positionals: { fewest: 0, most: 0 },
  run: (context) =>
    withKernel(context, async (kernel) => {
      const made = await signAndSend(context, kernel, {
        do: 'domain.resume',
      })
      context.out.result(made, [`Resumed, recorded in #${numberOf(made, 'seq')}.`])
    }),
}
